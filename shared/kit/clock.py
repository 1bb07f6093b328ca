"""Time as the programme counts it: instants in UTC, dates and deadlines in Europe/Paris."""

import calendar
from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


class Clock(Protocol):
    """Where the current instant comes from; injected, so that it can be moved in the sandbox."""

    async def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    async def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return datetime.now(UTC)


def end_of_day_paris(day: date) -> datetime:
    """A date without hour closes at 23:59:59 Paris time (R003, R228); returned in UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=PARIS).astimezone(UTC)


def start_of_day_paris(day: date) -> datetime:
    """The first instant of a day in Paris, in UTC."""
    return datetime.combine(day, time(0, 0), tzinfo=PARIS).astimezone(UTC)


def date_in_paris(instant: datetime) -> date:
    """The calendar day of an instant, in Paris."""
    return instant.astimezone(PARIS).date()


def add_months(day: date, months: int) -> date:
    """Calendar months (R148, R207): 31 January + 1 month is the end of February."""
    years, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    month = month_index + 1
    return date(years, month, min(day.day, calendar.monthrange(years, month)[1]))


def french_date(day: date) -> str:
    """A date as people read it: « 12 janvier 2024 », « 1er mars 2024 »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[day.month - 1]} {day.year}"


def french_instant(instant: datetime) -> str:
    """An instant as people read it, in Paris: « 12 janvier 2024 à 23 h 59 »."""
    local = instant.astimezone(PARIS)
    return f"{french_date(local.date())} à {local.hour} h {local.minute:02d}"
