"""Time as the programme counts it."""

from datetime import UTC, date, datetime

import pytest

from shared.kit.clock import (
    add_months,
    date_in_paris,
    end_of_day_paris,
    french_date,
    french_instant,
    start_of_day_paris,
)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 11, 30), 2, date(2025, 1, 30)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
    ],
)
def test_a_calendar_month_ends_with_its_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 1, 12), datetime(2024, 1, 12, 22, 59, 59, tzinfo=UTC)),
        (date(2024, 6, 16), datetime(2024, 6, 16, 21, 59, 59, tzinfo=UTC)),
        (date(2024, 3, 31), datetime(2024, 3, 31, 21, 59, 59, tzinfo=UTC)),
        (date(2024, 10, 27), datetime(2024, 10, 27, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_date_without_hour_closes_at_the_end_of_the_day_in_paris(day: date, expected: datetime) -> None:
    assert end_of_day_paris(day) == expected


def test_a_day_in_paris_starts_before_midnight_utc() -> None:
    assert start_of_day_paris(date(2023, 10, 23)) == datetime(2023, 10, 22, 22, 0, tzinfo=UTC)


def test_the_day_of_an_instant_is_that_of_paris() -> None:
    assert date_in_paris(datetime(2024, 1, 12, 23, 30, tzinfo=UTC)) == date(2024, 1, 13)


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2024, 3, 1), "1er mars 2024"), (date(2024, 8, 12), "12 août 2024")]
)
def test_dates_read_as_french(day: date, expected: str) -> None:
    assert french_date(day) == expected


def test_an_instant_reads_in_paris_time() -> None:
    assert french_instant(datetime(2024, 1, 12, 22, 59, 59, tzinfo=UTC)) == "12 janvier 2024 à 23 h 59"
