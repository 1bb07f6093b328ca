"""A creation happens once: its answer is stored in the same transaction, and given again to the same request."""

import hashlib
from typing import Annotated

from fastapi import Header, Request
from pydantic import BaseModel

from shared.kit.api.body import StrictRequest
from shared.kit.api.context import Answer, Call, call_of, plumbing_of
from shared.kit.api.problems import ProblemError
from shared.kit.database import Connection
from shared.kit.ports import UnitOfWork
from shared.kit.unit_of_work import SqlUnitOfWork

_SELECT = "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE principal = $1 AND key = $2"
_INSERT = (
    "INSERT INTO idempotency_keys (principal, key, fingerprint, status, headers, body) VALUES ($1, $2, $3, $4, $5, $6)"
)


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
        self._answer: Answer | None = None

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
        place = location or f"{self._request.url.path.rstrip('/')}/{getattr(created, 'id', '')}"
        if status == 201:
            headers["location"] = place
        if version is not None:
            headers["etag"] = f'"{version}"'
        self._answer = Answer(status, headers, created.model_dump_json().encode())
        self._call.answer = self._answer
        work.on_begin(self.claim)
        work.on_commit(self._keep)

    async def find(self, connection: Connection) -> None:
        """Raise Replay when this very request was answered before, 422 when the key served another one."""
        row = await connection.fetchrow(_SELECT, self._principal, self._key)
        if row is None:
            return
        if row["fingerprint"] != await self._fingerprint():
            raise ProblemError("idempotency-key-reused")
        raise Replay(Answer(row["status"], row["headers"], row["body"]))

    async def claim(self, connection: Connection) -> None:
        """Hold the key until the transaction ends; 409 when the same request is under way (bad-input 29)."""
        lock = hashlib.sha256(f"{self._principal}\n{self._key}".encode()).digest()
        number = int.from_bytes(lock[:8], "big", signed=True)
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1::bigint)", number):
            raise ProblemError("request-in-progress", headers={"Retry-After": "1"})
        await self.find(connection)

    async def _keep(self, connection: Connection) -> None:
        if self._answer is None:
            raise RuntimeError("nothing to keep")
        answer, fingerprint = self._answer, await self._fingerprint()
        await connection.execute(
            _INSERT, self._principal, self._key, fingerprint, answer.status, dict(answer.headers), answer.body
        )

    async def _fingerprint(self) -> bytes:
        request = self._request
        head = f"{request.method} {request.url.path}?{request.url.query}\n{request.headers.get('content-type', '')}\n"
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
    """The idempotency of this request: answered from the store when it was made before (bad-inputs 27 to 31)."""
    call = call_of(request)
    if key is None:
        raise ProblemError("idempotency-key-required")
    if not 1 <= len(key) <= 255 or not all("!" <= character <= "~" for character in key):
        raise ProblemError(
            "idempotency-key-required", "Idempotency-Key : 1 à 255 caractères ASCII visibles, sans espace."
        )
    if call.principal is None or not isinstance(request, StrictRequest):
        raise RuntimeError("the route has no access rule, or is not a route of the kit")
    once = OnlyOnce(request, call, call.principal.subject, key)
    async with plumbing_of(request).database.connection() as connection:
        await once.find(connection)
    return once
