"""Dates and instants as the platform takes them from outside: within the years of the programme."""

from datetime import date
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.events.types import AwareDatetime

_YEARS = range(2016, 2101)

Moment = TypeVar("Moment", bound=date)


def within_the_years(moment: Moment) -> Moment:
    """The date or instant itself; refused outside 2016 to 2100, where calendars end and clocks break (bad-input 18)."""
    if moment.year not in _YEARS:
        raise PydanticCustomError("out_of_range", "Une date entre 2016 et 2100 est attendue.")
    return moment


Day = Annotated[date, AfterValidator(within_the_years), Field(examples=["2024-02-06"])]
Instant = Annotated[AwareDatetime, AfterValidator(within_the_years), Field(examples=["2024-02-06T18:00:00+01:00"])]
