"""What the routes of this service share: its unit of work, months, filters."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from services.experiments.usecases import ports
from shared.events.types import InseeCode
from shared.kit.api import Work as UnitOfWork

Work = UnitOfWork[ports.Work]

MonthText = Annotated[
    str,
    Field(
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$",
        description="Un mois, sans jour : la convention prend fin avec lui.",
        examples=["2026-02"],
    ),
]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,99}$", examples=["metropole-grand-paris"])]
Edition = Annotated[int, Field(ge=1, le=1_000, examples=[2])]
EditionFilter = Annotated[int | None, Query(ge=1, le=1_000, description="Une édition seulement.")]
CommuneFilter = Annotated[InseeCode | None, Query(description="Une commune seulement (code INSEE).")]
