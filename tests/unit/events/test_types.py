"""The value types of the published language."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.events import types
from shared.events.types import AwareDatetime, InseeCode, LegalForm, OpenEnum, Outcome, Siren, Siret, luhn_valid


def accepts(type_: Any, value: object) -> bool:
    """Whether a value is taken as it is."""
    try:
        return bool(TypeAdapter(type_).validate_python(value) == value)
    except ValidationError:
        return False


@pytest.mark.parametrize("code", ["93001", "75056", "2A004", "2B033", "01001", "97411"])
def test_an_insee_code_has_five_characters(code: str) -> None:
    assert accepts(InseeCode, code)


@pytest.mark.parametrize(
    "code", ["9300", "930011", "2C004", "2a004", "20004", "٩٣٠٠١", "93001\n", " 93001", "", 93001, None]
)
def test_anything_else_is_not_an_insee_code(code: object) -> None:
    assert not accepts(InseeCode, code)


@pytest.mark.parametrize("siren", ["200054781", "219300019", "356000000"])
def test_a_siren_has_nine_digits_and_a_right_check_digit(siren: str) -> None:
    assert accepts(Siren, siren)


@pytest.mark.parametrize("siren", ["200054782", "20005478", "2000547810", "٢٠٠٠٥٤٧٨١", "200 054 781", 200054781])
def test_anything_else_is_not_a_siren(siren: object) -> None:
    assert not accepts(Siren, siren)


@pytest.mark.parametrize("siret", ["20005478100022", "35600000000048", "35600000043833"])
def test_a_siret_has_fourteen_digits_and_a_right_check_digit_but_for_la_poste(siret: str) -> None:
    assert accepts(Siret, siret)


@pytest.mark.parametrize(
    "siret",
    [
        "20005478100023",
        "2000547810002",
        "200054781000220",
        "２０００５４７８１０００２２",
        20005478100022,
        "35600000043834",
    ],
)
def test_anything_else_is_not_a_siret(siret: object) -> None:
    assert not accepts(Siret, siret)


def test_the_exception_of_la_poste_is_for_la_poste_alone() -> None:
    assert not luhn_valid("35600000043833")
    assert accepts(Siret, "35600000043833"), "its digits add up to a multiple of five"
    assert not accepts(Siret, "20005478100003"), "so do these, which are not of La Poste"


def test_an_instant_is_read_in_any_offset_and_told_in_utc() -> None:
    instant = TypeAdapter(AwareDatetime)
    paris = datetime(2024, 1, 12, 23, 59, 59, tzinfo=timezone(timedelta(hours=1)))

    assert instant.dump_json(instant.validate_python(paris)) == b'"2024-01-12T22:59:59Z"'
    assert instant.validate_python("2024-01-12T23:59:59+01:00").tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        datetime(2024, 1, 12),  # noqa: DTZ001
        *("2024-01-12T23:59:59", "2024-01-12", 1_705_000_000, "1705000000", 1.5, None, True),
        *("2024-02-30T00:00:00Z", "2024-01-12T24:00:01Z", "0001-01-01T00:00:00+05:00", "10000-01-01T00:00:00Z"),
    ],
)
def test_what_is_not_an_instant_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AwareDatetime).validate_python(value)


def test_an_edition_is_numbered_from_one() -> None:
    assert accepts(types.EditionNumber, 1)
    assert not accepts(types.EditionNumber, 0)


def test_a_value_of_tomorrow_is_read_as_unknown() -> None:
    assert TypeAdapter(Outcome).validate_json('"deferred"') is Outcome.UNKNOWN


@pytest.mark.parametrize("value", [1, None, True, ["selected"]])
def test_what_is_not_a_text_is_not_a_value_of_tomorrow(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Outcome).validate_python(value)


@pytest.mark.parametrize("enumeration", OpenEnum.__subclasses__(), ids=lambda enumeration: enumeration.__name__)
def test_every_open_enumeration_can_hold_a_value_of_tomorrow(enumeration: type[OpenEnum]) -> None:
    assert enumeration("a value of tomorrow").value == "unknown"


def test_an_open_enumeration_publishes_its_values_without_closing_them() -> None:
    schema = TypeAdapter(LegalForm).json_schema()

    assert "enum" not in schema
    assert schema["x-open-enum"] == ["startup", "association", "sme", "large_group", "cooperative", "designer", "other"]
