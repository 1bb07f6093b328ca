"""What the platform says in public, followed on its partner feed: the demo goes on when it has heard the facts."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from deploy.demo.client import Platform
from deploy.demo.people import PARTNER
from deploy.demo.trouble import DemoFailed
from shared.events.base import CE_TYPE_PREFIX

PAGE = 100
PAUSE = 0.1
WITHIN = 90.0


class Listener:
    """Every public fact of one edition, by type (without prefix), in the order of the feed."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._news = asyncio.Condition()
        self.facts: list[dict[str, Any]] = []

    @property
    def counts(self) -> Counter[str]:
        """How many facts of each type."""
        return Counter(fact["type"] for fact in self.facts)

    def of(self, event_type: str) -> list[dict[str, Any]]:
        """The data of the facts of a type."""
        return [fact["data"] for fact in self.facts if fact["type"] == event_type]

    async def heard(self, event_type: str, count: int = 1, **having: object) -> None:
        """Wait until so many facts of a type, with these values in their data, have been told to partners."""

        def enough() -> bool:
            told = self.of(event_type)
            return sum(all(data.get(name) == value for name, value in having.items()) for data in told) >= count

        try:
            async with self._news, asyncio.timeout(WITHIN):
                await self._news.wait_for(enough)
        except TimeoutError as error:
            said = f"{self.counts[event_type]} « {event_type} » entendu(s) sur {count}"
            raise DemoFailed(f"Attendu en vain pendant {WITHIN:.0f} s : {said}.") from error

    async def follow(self) -> None:
        """Read the feed to its end, then what comes, for ever."""
        cursor: str | None = None
        while True:
            parameters = {"limit": str(PAGE), **({"cursor": cursor} if cursor else {})}
            answer = await self._platform.call(PARTNER, "GET", "notifications", "/v1/feed", params=parameters)
            cursor = _cursor_after(answer.headers["Link"])
            facts = answer.json()
            if facts:
                await self._take(facts)
            if len(facts) < PAGE:
                await asyncio.sleep(PAUSE)

    async def _take(self, facts: list[dict[str, Any]]) -> None:
        async with self._news:
            for fact in facts:
                if fact["data"].get("edition") == self._platform.edition:
                    self.facts.append({**fact, "type": fact["type"].removeprefix(CE_TYPE_PREFIX)})
            self._news.notify_all()


@contextlib.asynccontextmanager
async def listening(platform: Platform) -> AsyncIterator[Listener]:
    """Follow the feed while the block runs; a feed that breaks breaks the block."""
    listener = Listener(platform)
    try:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(listener.follow())
            yield listener
            following.cancel()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def _cursor_after(link: str) -> str:
    """`</v1/feed?cursor=…>; rel="next"` → the cursor."""
    return parse_qs(urlsplit(link[1 : link.index(">")]).query)["cursor"][0]
