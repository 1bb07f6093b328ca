"""Clocks: a deadline fires its use case once, when it is due, in the order it was due."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from shared.kit.clock import Clock
from shared.kit.database import Database
from shared.kit.deadlines import Deadline, DeadlineClock
from shared.kit.identity import new_id
from shared.kit.sandbox import SandboxClock
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.builders.messages import AT, a_start, a_work

SERVICES = ("candidature",)
DAY = timedelta(days=1)


class Firing:
    """A deadline clock on a movable clock; its handler publishes, or fails as told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SandboxClock(database)
        self.fired: list[tuple[UUID, str]] = []
        self.failure: Exception | None = None
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()
        handlers = {"open": self._fire, "close": self._fire, "again": self._again}
        self.deadlines = DeadlineClock(database, handlers, SqlUnitOfWork, self.clock)

    async def set(self, subject: UUID, kind: str, days: int) -> None:
        """Set a deadline so many days after AT."""
        async with a_work(self.database) as work:
            await work.deadlines.set(subject, kind, AT + days * DAY)

    async def at(self, days: float) -> list[tuple[UUID, str]]:
        """Move the clock and fire what is due; what fired."""
        self.fired.clear()
        await self.clock.move_to(AT + days * DAY)
        while await self.deadlines.fire_next():
            pass
        return list(self.fired)

    async def _fire(self, deadline: Deadline, work: SqlUnitOfWork, clock: Clock) -> None:
        async with work:
            await work.publish(deadline.aggregate_id, a_start(deadline.aggregate_id))
        if self.failure is not None:
            raise self.failure
        self.begun.set()
        await self.go_on.wait()
        self.fired.append((deadline.aggregate_id, deadline.kind))

    async def _again(self, deadline: Deadline, work: SqlUnitOfWork, clock: Clock) -> None:
        self.fired.append((deadline.aggregate_id, deadline.kind))
        await work.deadlines.set(deadline.aggregate_id, deadline.kind, deadline.due_at + DAY)


@pytest.fixture
async def firing(sender: Database) -> Firing:
    """A clock standing at AT."""
    made = Firing(sender)
    await made.clock.move_to(AT)
    return made


async def test_nothing_fires_before_it_is_due(firing: Firing) -> None:
    await firing.set(new_id(), "open", 2)

    assert await firing.at(1.9) == []


async def test_a_deadline_fires_once(firing: Firing) -> None:
    subject = new_id()
    await firing.set(subject, "open", 2)

    assert await firing.at(2) == [(subject, "open")]
    assert await firing.at(3) == []
    assert await firing.database.pool.fetchval("SELECT count(*) FROM event_log") == 1


async def test_a_clock_that_jumps_fires_in_the_order_of_the_due_dates(firing: Firing) -> None:
    subject = new_id()
    await firing.set(subject, "close", 80)
    await firing.set(subject, "open", 2)

    assert await firing.at(500) == [(subject, "open"), (subject, "close")]


async def test_a_cancelled_deadline_does_not_fire(firing: Firing) -> None:
    subject = new_id()
    await firing.set(subject, "open", 2)
    async with a_work(firing.database) as work:
        await work.deadlines.cancel(subject, "open")

    assert await firing.at(3) == []


async def test_a_deadline_set_again_moves(firing: Firing) -> None:
    subject = new_id()
    await firing.set(subject, "open", 2)
    await firing.set(subject, "open", 10)

    assert await firing.at(9) == []
    assert await firing.at(10) == [(subject, "open")]


async def test_a_handler_may_set_its_deadline_anew(firing: Firing) -> None:
    subject = new_id()
    await firing.set(subject, "again", 1)

    assert await firing.at(3) == [(subject, "again")] * 3


async def test_a_deadline_that_fails_leaves_no_effect_and_is_not_forgotten(firing: Firing) -> None:
    subject, other = new_id(), new_id()
    firing.failure = ValueError("a bug")
    await firing.set(subject, "open", 1)
    await firing.set(other, "again", 2)

    assert await firing.at(2) == [(other, "again")]
    row = await firing.database.pool.fetchrow(
        "SELECT attempts, last_error, next_attempt_at > clock_timestamp() AS later FROM deadlines WHERE kind = 'open'"
    )
    assert row is not None
    assert tuple(row) == (1, "ValueError('a bug')", True)
    assert await firing.database.pool.fetchval("SELECT count(*) FROM event_log") == 0


@pytest.mark.parametrize(
    "bug",
    [FileNotFoundError("a template"), asyncpg.InterfaceError("the server expects 1 argument, 2 were passed")],
    ids=["a missing file", "a misused driver"],
)
async def test_a_bug_that_looks_like_an_outage_holds_up_no_other_deadline(firing: Firing, bug: Exception) -> None:
    subject, other = new_id(), new_id()
    firing.failure = bug
    await firing.set(subject, "open", 1)
    await firing.set(other, "again", 2)

    assert await firing.at(2) == [(other, "again")]
    assert await firing.database.pool.fetchval("SELECT attempts FROM deadlines WHERE kind = 'open'") == 1


async def test_of_two_workers_none_overtakes_the_other_on_one_aggregate(firing: Firing) -> None:
    subject, other = new_id(), new_id()
    await firing.set(subject, "open", 1)
    await firing.set(subject, "again", 2)
    await firing.set(other, "again", 3)
    await firing.clock.move_to(AT + 3 * DAY)
    firing.go_on.clear()
    first = asyncio.create_task(firing.deadlines.fire_next())
    await firing.begun.wait()
    while await firing.deadlines.fire_next():
        pass
    meanwhile = list(firing.fired)
    firing.go_on.set()
    await first

    assert meanwhile == [(other, "again")]
    assert await firing.at(3) == [(subject, "again")] * 2


async def test_a_deadline_that_fails_does_not_hold_up_the_later_ones_of_its_aggregate_for_ever(firing: Firing) -> None:
    subject = new_id()
    await firing.set(subject, "unheard of", 1)
    await firing.set(subject, "again", 2)

    assert await firing.at(2) == [(subject, "again")]
