"""What one request carries with it, and what an application holds for all of them."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope as AsgiScope

from shared.kit import tracing
from shared.kit.access import Principal, Rules, Scope
from shared.kit.api.cursors import Cursors
from shared.kit.auth import TokenVerifier
from shared.kit.clock import Clock
from shared.kit.database import Database
from shared.kit.documents import DocumentStore
from shared.kit.identity import new_id
from shared.kit.provenance import Provenance
from shared.kit.settings import Settings
from shared.kit.unit_of_work import SqlUnitOfWork

if TYPE_CHECKING:
    from shared.kit.spans import Request

WorkFactory = Callable[[Database, Provenance], SqlUnitOfWork]

# Asked for by machines, every few seconds: neither logged nor traced.
OPERATIONAL = frozenset({"/livez", "/readyz", "/metrics"})
_KEY = "qmi.call"
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Answer:
    """A response that is kept to be given again: byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def response(self, *, replayed: bool = False) -> Response:
        """As it was the first time, but for the header that says it is not."""
        said = {"Idempotency-Replayed": "true"} if replayed else {}
        return Response(self.body, self.status, {**self.headers, **said})


@dataclass
class Call:
    """One request: its identifier, its trace, and, once known, who makes it and how far it sees."""

    traceparent: str
    request_id: UUID = field(default_factory=new_id)
    principal: Principal | None = None
    scope: Scope | None = None
    answer: Answer | None = None
    span: "Request | None" = None


@dataclass(frozen=True)
class Plumbing:
    """What the routes of one service share."""

    service: str
    settings: Settings
    database: Database
    clock: Clock
    verifier: TokenVerifier
    access: Rules
    work_factory: WorkFactory
    cursors: Cursors
    documents: DocumentStore | None


def begin_call(scope: AsgiScope, traceparents: list[str]) -> Call:
    """Open the call of a request: continues the caller's W3C trace when it is valid, else begins one."""
    given = traceparents[0] if len(traceparents) == 1 and _TRACEPARENT.fullmatch(traceparents[0]) else None
    span = None if scope["path"] in OPERATIONAL else tracing.request(given)
    traceparent = span.traceparent if span else given or f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"
    call = Call(traceparent, span=span)
    scope[_KEY] = call
    return call


def call_of(connection: HTTPConnection) -> Call:
    """The call a request belongs to."""
    call: Call = connection.scope[_KEY]
    return call


def plumbing_of(connection: HTTPConnection) -> Plumbing:
    """What the application of this request holds."""
    plumbing: Plumbing = connection.app.state.plumbing
    return plumbing


def route_template(scope: AsgiScope) -> str:
    """The path as declared, `/v1/calls/{call_id}`: bounded, and without identifiers."""
    route: Any = scope.get("route")
    return getattr(route, "path", "unmatched")
