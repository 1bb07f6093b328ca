"""What the routes of this service share: its unit of work, who the caller is on a panel, dates and texts."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.selection.domain.seat import Caller
from services.selection.usecases import ports
from shared.events.types import AwareDatetime
from shared.kit.access import Principal
from shared.kit.api import Now, Paging, Who, Within, text
from shared.kit.api import Work as UnitOfWork
from shared.kit.api.deps import unit_of_work
from shared.kit.identity import derived_id

Work = UnitOfWork[ports.Work]
Reason = Annotated[str, text(2_000, lines=True)]
Ids = Annotated[tuple[UUID, ...], Field(max_length=1_000)]

_YEARS = range(2016, 2101)


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


def _in_our_times(moment: date) -> date:
    if moment.year not in _YEARS:
        raise PydanticCustomError("out_of_range", "L'année est comprise entre 2016 et 2100.")
    return moment


Day = Annotated[date, AfterValidator(_in_our_times), Field(examples=["2024-02-06"])]
Instant = Annotated[AwareDatetime, AfterValidator(_in_our_times), Field(examples=["2024-02-06T18:00:00+01:00"])]
