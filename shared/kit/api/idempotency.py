"""A creation happens once: its answer is stored in the same transaction, and given again to the same request."""

import hashlib
from typing import Annotated, NoReturn

import asyncpg
from fastapi import Header, Request
from pydantic import BaseModel

from shared.kit.api.body import StrictRequest
from shared.kit.api.context import Answer, Call, call_of, plumbing_of
from shared.kit.api.problems import ProblemError
from shared.kit.database import Connection
from shared.kit.ports import UnitOfWork
from shared.kit.unit_of_work import SqlUnitOfWork

_SELECT = "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE principal = $1 AND key = $2"
# One round trip. An answer committed between the snapshot and the lock keeps ours out without being shown: ask again.
_CLAIM = """
WITH held AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($7) AS free),
     kept AS (
    INSERT INTO idempotency_keys (principal, key, fingerprint, status, headers, body)
    SELECT $1, $2, $3, $4, $5, $6 FROM held WHERE free
    ON CONFLICT DO NOTHING
    RETURNING key)
SELECT EXISTS (SELECT FROM kept) AS kept, known.fingerprint, known.status, known.headers, known.body
FROM held LEFT JOIN idempotency_keys known ON known.principal = $1 AND known.key = $2
"""


class Replay(Exception):
    """Not an error: this request was answered before, and here is that answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


class OnlyOnce:
    """The idempotency of one request: `answers` ties its answer to the unit of work that earns it."""

    def __init__(self, request: StrictRequest, call: Call, principal: str, key: str) -> None:
        self._request = request
        self._call = call
        self._principal = principal
        self._key = key

    def answers(
        self,
        work: UnitOfWork,
        created: BaseModel,
        *,
        status: int = 201,
        location: str | None = None,
        version: int | None = None,
    ) -> None:
        """Say what the answer will be, before the use case runs; it is stored if, and only if, `work` commits.

        `location` defaults to the path of the request followed by the identifier created; `version` gives the ETag.
        """
        if not isinstance(work, SqlUnitOfWork):
            raise TypeError("idempotency needs the unit of work of the store")
        headers = {"content-type": "application/json"}
        if status == 201:
            path = self._request.scope["path"]
            headers["location"] = location or f"{path.rstrip('/')}/{getattr(created, 'id', '')}"
        if version is not None:
            headers["etag"] = f'"{version}"'
        answer = self._call.answer = Answer(status, headers, created.model_dump_json().encode())
        work.on_begin(lambda connection: self.claim(connection, answer))

    async def recall(self) -> None:
        """Give the answer again at once; for a route that reads an upload, or works long, before its transaction."""
        async with plumbing_of(self._request).database.connection() as connection:
            known = await connection.fetchrow(_SELECT, self._principal, self._key)
        if known is not None:
            await self._replay(known)

    async def claim(self, connection: Connection, answer: Answer) -> None:
        """Keep the answer under the key until the transaction ends, which decides whether it stays.

        Raises Replay when this very request was answered before, 422 when the key served another one, 409 while the
        same request is under way (bad-input 29).
        """
        lock = hashlib.sha256(f"{self._principal}\n{self._key}".encode()).digest()
        number = int.from_bytes(lock[:8], "big", signed=True)
        kept = (await self._fingerprint(), answer.status, dict(answer.headers), answer.body)
        claim = await connection.fetchrow(_CLAIM, self._principal, self._key, *kept, number)
        if claim is not None and claim["kept"]:
            return
        known = claim if claim and claim["status"] else await connection.fetchrow(_SELECT, self._principal, self._key)
        if known is None:
            raise ProblemError("request-in-progress", headers={"Retry-After": "1"})
        await self._replay(known)

    async def _replay(self, row: asyncpg.Record) -> NoReturn:
        if row["fingerprint"] != await self._fingerprint():
            raise ProblemError("idempotency-key-reused")
        raise Replay(Answer(row["status"], row["headers"], row["body"]))

    async def _fingerprint(self) -> bytes:
        request = self._request
        path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
        head = f"{request.method} {path}?{query}\n{request.headers.get('content-type', '')}\n"
        return hashlib.sha256(head.encode() + await request.body_digest()).digest()


async def only_once(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Unique par création (UUID conseillé) : la même requête, répétée, n'agit qu'une fois.",
            examples=["0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40"],
        ),
    ] = None,
) -> OnlyOnce:
    """The idempotency of this request, whose key must be fit to keep (bad-inputs 27 to 31)."""
    call = call_of(request)
    if key is None:
        raise ProblemError("idempotency-key-required")
    if not 1 <= len(key) <= 255 or not all("!" <= character <= "~" for character in key):
        raise ProblemError(
            "idempotency-key-required", "Idempotency-Key : 1 à 255 caractères ASCII visibles, sans espace."
        )
    if call.principal is None or not isinstance(request, StrictRequest):
        raise RuntimeError("the route has no access rule, or is not a route of the kit")
    return OnlyOnce(request, call, call.principal.subject, key)
