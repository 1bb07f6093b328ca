"""What every chapter needs: the platform, its clocks, what is heard, the script, the account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.demo.client import Platform
from deploy.demo.clocks import Clocks
from deploy.demo.dates import Calendar
from deploy.demo.listening import Listener
from deploy.demo.material import Material
from deploy.demo.narrator import Narrator
from deploy.demo.people import PROGRAMME
from deploy.demo.waiting import until

COMMUNES = "EXPRESSION_OF_INTEREST"
PROJECTS = "PROJECT"


@dataclass(frozen=True, slots=True)
class Stage:
    """One edition on one stack."""

    platform: Platform
    clocks: Clocks
    listener: Listener
    calendar: Calendar
    say: Narrator

    @property
    def edition(self) -> int:
        """The number of the edition."""
        return self.platform.edition

    @property
    def material(self) -> Material:
        """What is played."""
        return self.calendar.material

    def tell_fact(self, text: str, source: tuple[str, ...]) -> None:
        """Something that is public knowledge, with where it is written; in another edition it is but a script."""
        real = self.edition == self.material.facts.edition and not self.calendar.years
        self.say.tell(f"{text} [dim]\\[{', '.join(source)}][/]" if real else text)

    async def reach(self, when: str | datetime) -> None:
        """Let the time come, unless it has."""
        instant = self.calendar.at(when) if isinstance(when, str) else when
        if await self.clocks.reach(instant):
            self.say.at(instant)

    async def call(self, kind: str) -> dict[str, Any] | None:
        """The call of this edition to communes, or that of its wave to innovators, None before it is prepared."""
        calls = await self.platform.items(PROGRAMME, "candidature", "/v1/calls", edition=self.edition)
        return next((call for call in calls if call["kind"] == kind), None)

    async def known_call(self, kind: str) -> dict[str, Any]:
        """The same, which must be there."""
        return await until(f"l’appel {kind} de l’édition {self.edition}", lambda: self.call(kind))

    async def round_of(self, path: str, kind: str) -> dict[str, Any]:
        """The round that the closing of a call has opened: `commune-rounds` or `project-rounds`."""
        call = await self.known_call(kind)

        async def look() -> dict[str, Any] | None:
            rounds = await self.platform.items(PROGRAMME, "selection", f"/v1/{path}")
            return next((each for each in rounds if each["call_id"] == call["id"]), None)

        return await until(f"la procédure ouverte par la clôture ({path})", look)

    async def listed(self, service: str, path: str, count: int, status: str | None = None) -> list[dict[str, Any]]:
        """What a service lists for this edition, once there are so many (in that state)."""

        async def look() -> list[dict[str, Any]] | None:
            found = await self.platform.items(PROGRAMME, service, path, edition=self.edition)
            return found if sum(status in (None, each["status"]) for each in found) >= count else None

        return await until(f"{count} × {path} {status or ''}".strip(), look)
