"""What the routes of this service share: its unit of work, who edits, and times as an edition states them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from services.candidature.usecases import ports
from services.candidature.usecases.editing import Editor
from shared.events.types import AwareDatetime
from shared.kit.api import Now, Paging, Who, Within
from shared.kit.api import Work as UnitOfWork
from shared.kit.api.dates import within_the_years
from shared.kit.clock import end_of_day_paris, start_of_day_paris

Work = UnitOfWork[ports.Work]

_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_DAY = TypeAdapter(date)
_DATE_OR_INSTANT = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}


async def editor(who: Who, within: Within, now: Now) -> Editor:
    """Who changes a dossier, how far they see, and when."""
    return Editor(who.subject, within, now)


Editing = Annotated[Editor, Depends(editor)]


def after(paging: Paging) -> UUID | None:
    """The identifier after which the page goes on."""
    return UUID(str(paging.after[0])) if paging.after else None


def unset() -> Any:
    """The default of a PATCH field: absent is left as it is, and null is refused where a value is needed."""
    return None


def _moment(value: object) -> date:
    try:
        day = _DAY.validate_python(value) if isinstance(value, str) and len(value) == 10 else None
        return within_the_years(day or _INSTANT.validate_python(value))
    except ValidationError:
        raise PydanticCustomError("datetime_parsing", "not an instant") from None


def _opening(value: object) -> datetime:
    moment = _moment(value)
    return moment if isinstance(moment, datetime) else start_of_day_paris(moment)


def _closing(value: object) -> datetime:
    moment = _moment(value)
    return moment if isinstance(moment, datetime) else end_of_day_paris(moment)


# A day alone opens at 00:00 in Paris and closes at 23:59:59 (R002, R003).
Opening = Annotated[
    datetime,
    BeforeValidator(_opening),
    WithJsonSchema(_DATE_OR_INSTANT),
    Field(description="Instant RFC 3339, ou jour : 00:00 à Paris.", examples=["2023-10-23"]),
]
Closing = Annotated[
    datetime,
    BeforeValidator(_closing),
    WithJsonSchema(_DATE_OR_INSTANT),
    Field(description="Instant RFC 3339, ou jour : 23:59:59 à Paris.", examples=["2024-01-12"]),
]
