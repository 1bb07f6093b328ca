"""What the routes of this service share: its unit of work, who the caller is on a panel."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import Field

from services.selection.domain.seat import Caller
from services.selection.usecases import ports
from shared.kit.access import Principal
from shared.kit.api import Now, Paging, Who, Within
from shared.kit.api import Work as UnitOfWork
from shared.kit.api.deps import unit_of_work
from shared.kit.identity import derived_id

Work = UnitOfWork[ports.Work]
Ids = Annotated[tuple[UUID, ...], Field(max_length=1_000)]


def person_of(principal: Principal) -> UUID:
    """The identifier of a person on a panel: the subject of the token, or a UUID derived from it when it is not one."""
    try:
        return UUID(principal.subject)
    except ValueError:
        return derived_id("person", principal.subject)


async def me(who: Who) -> UUID:
    """The person who calls, as panels know people."""
    return person_of(who)


async def seated(who: Who, within: Within) -> Caller:
    """The person who calls, with the oversight the rules give."""
    return Caller(person_of(who), oversight=within.unlimited)


async def reading(request: Request, who: Who, now: Now) -> ports.Work:
    """A second unit of work, for what is read before the one that earns the answer begins."""
    work: ports.Work = await unit_of_work(request, who, now)
    return work


def after(paging: Paging) -> UUID | None:
    """The identifier after which the page goes on."""
    return UUID(str(paging.after[0])) if paging.after else None


Reading = Annotated[ports.Work, Depends(reading)]
Me = Annotated[UUID, Depends(me)]
Seated = Annotated[Caller, Depends(seated)]
