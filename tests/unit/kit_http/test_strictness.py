"""A body is taken as written: no conversion between the types of JSON, even behind the validators of a domain type."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import BeforeValidator, TypeAdapter

from shared.events.types import AwareDatetime
from shared.kit.api import StrictModel
from shared.kit.api.problems import ProblemError
from shared.kit.api.strictness import validated


def _as_it_is(value: object) -> object:
    return value


Before = BeforeValidator(_as_it_is)


class Colour(StrEnum):
    """A choice."""

    RED = "red"


class Part(StrictModel):
    """A part of the whole."""

    size: int


class Whole(StrictModel):
    """Every kind of field, behind a validator of its own or not."""

    at: AwareDatetime | None = None
    plain: datetime | None = None
    day: Annotated[date | None, Before] = None
    amount: Annotated[Decimal | None, Before] = None
    key: Annotated[UUID | None, Before] = None
    colour: Annotated[Colour | None, Before] = None
    sizes: Annotated[tuple[int, ...], Before] = ()
    names: frozenset[str] = frozenset()
    part: Annotated[Part | None, Before] = None
    count: int | None = None
    share: float | None = None
    sure: bool | None = None
    name: str | None = None


WHOLE: TypeAdapter[Any] = TypeAdapter(Whole)


def refused(**fields: object) -> list[tuple[str, str]]:
    with pytest.raises(ProblemError) as problem:
        validated(WHOLE, json.dumps(fields).encode())
    return [(error.pointer, error.code) for error in problem.value.errors]


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("at", "2024-03-01T09:00:00+01:00", datetime(2024, 3, 1, 8, tzinfo=UTC)),
        ("day", "2024-03-01", date(2024, 3, 1)),
        ("amount", "10.50", Decimal("10.50")),
        ("key", "0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40", UUID("0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40")),
        ("colour", "red", Colour.RED),
        ("sizes", [1, 2], (1, 2)),
        ("names", ["a"], frozenset({"a"})),
        ("part", {"size": 1}, Part(size=1)),
        ("share", 1, 1.0),
        ("count", 3.0, 3),
    ],
)
def test_what_json_writes_as_a_text_or_a_list_is_read(field: str, written: object, value: object) -> None:
    assert getattr(validated(WHOLE, json.dumps({field: written}).encode()), field) == value


@pytest.mark.parametrize(
    ("field", "written", "pointer"),
    [
        ("count", "1", "/count"),
        ("count", 1.5, "/count"),
        ("count", True, "/count"),
        ("share", "0.5", "/share"),
        ("sure", "yes", "/sure"),
        ("sure", 1, "/sure"),
        ("name", 1, "/name"),
        ("plain", 1_700_000_000, "/plain"),
        ("at", 1_700_000_000, "/at"),
        ("day", 1, "/day"),
        ("part", {"size": "1"}, "/part/size"),
        ("sizes", "12", "/sizes"),
    ],
)
def test_nothing_is_converted(field: str, written: object, pointer: str) -> None:
    assert [where for where, _ in refused(**{field: written})] == [pointer]


def test_every_fault_is_told_once() -> None:
    assert refused(at="yesterday", count="1", day="2024-02-30", part={}) == [
        ("/at", "value_error"),
        ("/part/size", "missing"),
        ("/count", "int_type"),
        ("/day", "date_from_datetime_parsing"),
    ]
