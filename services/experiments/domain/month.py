"""A month without a day: an agreement ends « en juin 2024 » (R184)."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from shared.kit.clock import end_of_day_paris, french_date

_MONTH = re.compile(r"(20[0-9]{2}|2100)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; its precision is kept."""

    year: int
    month: int

    @classmethod
    def parse(cls, value: str) -> Self:
        """From `2026-02`; ValueError otherwise."""
        found = _MONTH.fullmatch(value)
        if found is None:
            raise ValueError("a month is YYYY-MM")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The month of a day."""
        return cls(day.year, day.month)

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def end(self) -> datetime:
        """The end of the month in Paris, in UTC."""
        return end_of_day_paris(self.last_day)

    @property
    def in_french(self) -> str:
        """As people read it: « février 2026 »."""
        return french_date(date(self.year, self.month, 2)).removeprefix("2 ")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
