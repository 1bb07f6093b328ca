"""What a route may ask for: who calls, how far they see, the instant, a unit of work, a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Header, Query, Request, Response, params

from shared.kit.access import Principal, Scope, decide
from shared.kit.api.context import call_of, plumbing_of
from shared.kit.api.idempotency import OnlyOnce, only_once
from shared.kit.api.models import Page
from shared.kit.api.problems import ProblemError
from shared.kit.documents import DocumentStore
from shared.kit.provenance import Provenance

Row = TypeVar("Row")
View = TypeVar("View")
AnyWork = TypeVar("AnyWork")


@dataclass(frozen=True)
class Requirement:
    """The action a route performs, looked up in the access rules of its service."""

    action: str

    async def __call__(self, request: Request) -> Scope:
        """Authenticate and decide; once per request, before its body is read."""
        call, plumbing = call_of(request), plumbing_of(request)
        if call.principal is None:
            call.principal = await plumbing.verifier.verify(request.headers.getlist("authorization"))
        call.scope = decide(call.principal, self.action, plumbing.access)
        return call.scope


def requires(action: str) -> Any:
    """`dependencies=[requires("call.publish")]`: mandatory on every route, or the application does not start."""
    return params.Depends(Requirement(action))


async def principal_of(request: Request) -> Principal:
    """Who calls; only on a route that `requires` something."""
    principal = call_of(request).principal
    if principal is None:
        raise RuntimeError("the route has no access rule")
    return principal


async def scope_of(request: Request) -> Scope:
    """How far the caller sees, as decided for the action of this route."""
    scope = call_of(request).scope
    if scope is None:
        raise RuntimeError("the route has no access rule")
    return scope


async def instant_of(request: Request) -> datetime:
    """The current instant, in UTC; moved in the sandbox."""
    return await plumbing_of(request).clock.now()


Who = Annotated[Principal, Depends(principal_of)]
Within = Annotated[Scope, Depends(scope_of)]
Now = Annotated[datetime, Depends(instant_of)]
Once = Annotated[OnlyOnce, Depends(only_once)]


async def unit_of_work(request: Request, who: Who, now: Now) -> Any:
    """A unit of work of the service, not yet begun, in the name of the caller."""
    call, plumbing = call_of(request), plumbing_of(request)
    provenance = Provenance(
        actor=who.subject,
        organisation=who.organisation,
        correlation_id=call.request_id,
        traceparent=call.traceparent,
        at=now,
    )
    return plumbing.work_factory(plumbing.database, provenance)


# `Work[ports.Work]`: the protocol of the service's use cases, filled by its unit of work.
Work = Annotated[AnyWork, Depends(unit_of_work)]


async def document_store(request: Request) -> DocumentStore:
    """Where documents are kept; the service must be configured with QMI_DOCUMENTS."""
    documents = plumbing_of(request).documents
    if documents is None:
        raise ProblemError("storage-unavailable")
    return documents


Documents = Annotated[DocumentStore, Depends(document_store)]


async def expected_version(
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="ETag de la version lue.", examples=['"3"'])
    ] = None,
) -> int:
    """The version the caller read; 428 without it, 412 when it cannot be one of ours (bad-input 21)."""
    if if_match is None:
        raise ProblemError("precondition-required", "Indiquez dans If-Match l'ETag de la version que vous avez lue.")
    digits = if_match.strip()[1:-1]
    if if_match.strip() != f'"{digits}"' or not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise ProblemError("precondition-failed")
    return int(digits)


IfMatch = Annotated[int, Depends(expected_version)]


def etag(response: Response, version: int) -> None:
    """Tell the caller which version this is: `ETag: "3"`."""
    response.headers["ETag"] = f'"{version}"'


@dataclass(frozen=True)
class PageRequest:
    """Which page is asked for: read `limit + 1` rows after `after` (the sort key), then call `page`."""

    limit: int
    after: tuple[Any, ...] | None
    sign: Callable[[Sequence[str | int]], str]

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than shown tells whether there is a next page."""
        return self.limit + 1

    def page(
        self, rows: Sequence[Row], view: Callable[[Row], View], position: Callable[[Row], Sequence[str | int]]
    ) -> Page[View]:
        """The page of `rows` (at most `fetch` of them, in order); `position` gives the sort key of a row."""
        shown = rows[: self.limit]
        following = self.sign(position(shown[-1])) if len(rows) > self.limit else None
        return Page[Any](items=[view(row) for row in shown], next=following)


async def page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100, description="Nombre d'éléments par page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000, description="`next` de la page précédente.")] = None,
) -> PageRequest:
    """The page asked for; a cursor that was not signed for this list is `invalid-cursor` (bad-input 26)."""
    filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in {"limit", "cursor"})
    listing = f"{request.url.path}?{urlencode(filters)}"
    cursors = plumbing_of(request).cursors
    after = cursors.read(listing, cursor) if cursor is not None else None
    return PageRequest(limit, after, lambda position: cursors.sign(listing, position))


Paging = Annotated[PageRequest, Depends(page_request)]
