"""When things happen: the public dates, the chosen hours, all of it moved by whole years for another edition."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from deploy.demo.material import Material, moment
from shared.kit.clock import start_of_day_paris


@dataclass(frozen=True, slots=True)
class Calendar:
    """The script of an edition; `years` is how much later than in reality it is played."""

    material: Material
    years: int = 0

    def at(self, name: str) -> datetime:
        """A chosen hour, in Paris."""
        return self._later(moment(self.material.calendar.moments[name]))

    def on(self, day: date) -> date:
        """A public date."""
        return day.replace(year=day.year + self.years)

    def opening(self, day: date) -> datetime:
        """A moment after an opening day has begun in Paris."""
        return start_of_day_paris(self.on(day)) + timedelta(seconds=1)

    def year(self) -> int:
        """The year of the decision."""
        return self.at("bureau").year

    @classmethod
    def not_before(cls, material: Material, now: datetime) -> "Calendar":
        """The script, as many years later as it takes for nothing of it to be past."""
        calendar = cls(material)
        while calendar.at("publication") < now:
            calendar = cls(material, calendar.years + 1)
        return calendar

    def _later(self, instant: datetime) -> datetime:
        return instant.replace(year=instant.year + self.years)
