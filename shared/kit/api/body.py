"""Reading a request body: bounded in size and in time, never more in memory than its limit."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from typing import Any

import orjson
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Receive
from starlette.types import Scope as AsgiScope

from shared.kit.api.problems import ProblemError

JSON_LIMIT = 1024 * 1024
UPLOAD_LIMIT = 25 * 1024 * 1024
_PATIENCE_PER_CHUNK = 10.0
_CLOSE = {"Connection": "close"}
_NOT_PARSED = object()


class StrictRequest(Request):
    """A request whose body stops at `limit` bytes, declared or counted (bad-input 5), and may not trickle (52)."""

    def __init__(self, scope: AsgiScope, receive: Receive, *, limit: int) -> None:
        super().__init__(scope, receive)
        self.limit = limit
        self.streamed = False
        self._hash = hashlib.sha256()
        self._parsed: Any = _NOT_PARSED
        self._model: Any = None

    def refuse_declared_excess(self) -> None:
        """413 at once when Content-Length already says too much; 400 when it is no number."""
        declared = self.headers.get("content-length")
        if declared is None:
            return
        if not (declared.isascii() and declared.isdigit()):
            raise ProblemError("malformed-request", "Content-Length n'est pas un nombre.", headers=_CLOSE)
        if len(declared) > 15 or int(declared) > self.limit:
            raise too_large(self.limit)

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, chunk by chunk, once; 413 beyond the limit, 408 when a chunk takes more than ten seconds."""
        if self.streamed:
            raise RuntimeError("the body was read already")
        self.streamed = more = True
        total = 0
        while more:
            try:
                async with asyncio.timeout(_PATIENCE_PER_CHUNK):
                    message = await self.receive()
            except TimeoutError:
                raise ProblemError("request-timeout", headers=_CLOSE) from None
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk, more = message.get("body", b""), message.get("more_body", False)
            total += len(chunk)
            if total > self.limit:
                raise too_large(self.limit)
            self._hash.update(chunk)
            yield chunk

    def keep(self, parsed: Any, model: Any) -> None:
        """Remember the body as checked: what its idempotency is compared on, and what the route gets."""
        self._parsed, self._model = parsed, model

    @property
    def model(self) -> Any:
        """The body as it was checked before the route."""
        return self._model

    @property
    def repeatable(self) -> bool:
        """Whether the route may be run again: its body, if any, is in memory."""
        return not self.streamed or self._parsed is not _NOT_PARSED

    async def body_digest(self) -> bytes:
        """SHA-256 of the body: of its canonical JSON, or of the bytes of an upload, read to the end if need be."""
        if self._parsed is not _NOT_PARSED:
            return hashlib.sha256(orjson.dumps(self._parsed, option=orjson.OPT_SORT_KEYS)).digest()
        if not self.streamed:
            async for _ in self.stream():
                continue
        return self._hash.digest()


def too_large(limit: int) -> ProblemError:
    """413; the connection is closed, so that the rest is never read."""
    return ProblemError("content-too-large", f"La limite est de {limit} octets.", headers=_CLOSE)
