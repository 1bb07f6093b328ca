"""Waiting for effects: as long as needed, not longer, and never in silence."""

import asyncio

import pytest

from deploy.demo.trouble import DemoFailed
from deploy.demo.waiting import side_by_side, until


async def test_what_is_seen_is_returned() -> None:
    looks = iter([None, None, "là"])

    async def look() -> str | None:
        return next(looks)

    assert await until("quelque chose", look) == "là"


async def test_what_never_comes_is_named() -> None:
    async def look() -> None:
        return None

    with pytest.raises(DemoFailed, match="Attendu en vain pendant 0 s : la neige"):
        await until("la neige", look, within=0.01)


async def test_results_come_in_the_order_of_what_was_asked() -> None:
    async def double(number: int) -> int:
        await asyncio.sleep(0.01 / number)
        return 2 * number

    assert await side_by_side(double, [1, 2, 3]) == [2, 4, 6]


async def test_a_failure_stops_the_others() -> None:
    ended: list[int] = []

    async def work(number: int) -> None:
        if number == 0:
            raise DemoFailed("non")
        await asyncio.sleep(10)
        ended.append(number)

    with pytest.raises(DemoFailed, match="non"):
        await side_by_side(work, [0, 1, 2])
    assert ended == []
