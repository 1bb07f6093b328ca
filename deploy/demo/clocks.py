"""The sandbox clocks of the four services, moved together, only forward once they have left the real time."""

import asyncio
from datetime import datetime, timedelta

from deploy.demo.client import Platform
from deploy.demo.people import PROGRAMME
from deploy.demo.trouble import DemoFailed, Refused
from deploy.stack.layout import SERVICES
from shared.kit.clock import PARIS

PATH = "/sandbox/clock"
UNMOVED = timedelta(minutes=5)


class Clocks:
    """What time it is on the platform, and how it gets later."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def now(self) -> datetime:
        """The latest of the four clocks, in Paris."""
        return max(now for now, _ in (await self._read()).values()).astimezone(PARIS)

    async def unmoved(self) -> bool:
        """Whether all four still show the real time: then the past may be played."""
        return all(abs(now - real) < UNMOVED for now, real in (await self._read()).values())

    async def start_at(self, instant: datetime) -> None:
        """Set clocks that nobody has moved yet."""
        await asyncio.gather(*(self._set(service, instant) for service in SERVICES))

    async def reach(self, instant: datetime) -> bool:
        """Move each clock that is not there yet; whether there was one."""
        read = await self._read()
        behind = [service for service, (now, _) in read.items() if now < instant]
        await asyncio.gather(*(self._set(service, instant) for service in behind))
        return bool(behind)

    async def _read(self) -> dict[str, tuple[datetime, datetime]]:
        answers = await asyncio.gather(*(self._get(service) for service in SERVICES))
        return dict(zip(SERVICES, answers, strict=True))

    async def _get(self, service: str) -> tuple[datetime, datetime]:
        try:
            read = await self._platform.get(PROGRAMME, service, PATH)
        except Refused as refused:
            if refused.problem.status == 404:
                text = f"Le service {service} n’est pas en mode bac à sable : son horloge ne se déplace pas."
                raise DemoFailed(text) from refused
            raise
        return datetime.fromisoformat(read["now"]), datetime.fromisoformat(read["real"])

    async def _set(self, service: str, instant: datetime) -> None:
        await self._platform.call(PROGRAMME, "POST", service, PATH, json={"now": instant.isoformat()})
