"""What the routes of this service share: its unit of work, days, months, filters."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.experiments.usecases import ports
from shared.events.types import InseeCode
from shared.kit.api import Work as UnitOfWork
from shared.kit.api import text

Work = UnitOfWork[ports.Work]

_YEARS = range(2016, 2101)


def _day(value: date) -> date:
    if value.year not in _YEARS:
        raise PydanticCustomError("out_of_range", "Une date entre 2016 et 2100 est attendue.")
    return value


Day = Annotated[date, AfterValidator(_day), Field(examples=["2024-03-01"])]
MonthText = Annotated[
    str,
    Field(
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$",
        description="Un mois, sans jour : la convention prend fin avec lui.",
        examples=["2026-02"],
    ),
]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,99}$", examples=["metropole-grand-paris"])]
Reason = Annotated[str, text(2_000, lines=True)]
Edition = Annotated[int, Field(ge=1, le=1_000, examples=[2])]
EditionFilter = Annotated[int | None, Query(ge=1, le=1_000, description="Une édition seulement.")]
CommuneFilter = Annotated[InseeCode | None, Query(description="Une commune seulement (code INSEE).")]
