"""Waiting for what was announced to become visible, through the APIs, with a deadline and no fixed pause."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from deploy.demo.trouble import DemoFailed

T = TypeVar("T")
U = TypeVar("U")

WITHIN = 60.0
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.5


async def until(what: str, look: Callable[[], Awaitable[T | None]], *, within: float = WITHIN) -> T:
    """Look again and again until there is something to see; DemoFailed, naming `what`, after `within` seconds."""
    end = time.monotonic() + within
    pause = FIRST_PAUSE
    while True:
        found = await look()
        if found:
            return found
        if time.monotonic() > end:
            raise DemoFailed(f"Attendu en vain pendant {within:.0f} s : {what}.")
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 1.4)


async def side_by_side(work: Callable[[U], Awaitable[T]], on: Iterable[U]) -> list[T]:
    """Do the same for each, all at once; the first failure is raised as it is, once the others are stopped."""
    tasks = [asyncio.ensure_future(work(each)) for each in on]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
