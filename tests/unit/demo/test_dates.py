"""When the script happens, in reality and for another edition."""

from datetime import UTC, date, datetime

from deploy.demo.dates import Calendar
from deploy.demo.material import material
from shared.kit.clock import PARIS


def test_the_bureau_meets_on_the_real_day() -> None:
    assert Calendar(material()).at("bureau") == datetime(2024, 2, 6, 18, tzinfo=PARIS)


def test_a_call_has_opened_just_after_midnight_in_paris() -> None:
    opened = Calendar(material()).opening(date(2024, 5, 13))

    assert opened == datetime(2024, 5, 12, 22, 0, 1, tzinfo=UTC)


def test_the_script_goes_forward() -> None:
    calendar = Calendar(material())
    moments = [calendar.at(name) for name in calendar.material.calendar.moments]

    assert moments == sorted(moments)


def test_an_edition_played_after_another_happens_as_many_years_later_as_needed() -> None:
    calendar = Calendar.not_before(material(), datetime(2026, 3, 1, 0, 5, tzinfo=PARIS))

    assert calendar.years == 3
    assert calendar.at("bureau") == datetime(2027, 2, 6, 18, tzinfo=PARIS)
    assert calendar.on(date(2023, 10, 23)) == date(2026, 10, 23)


def test_no_moment_falls_on_a_day_that_some_years_lack() -> None:
    days = {moment.date() for moment in material().calendar.moments.values()}

    assert date(2024, 2, 29) not in days
