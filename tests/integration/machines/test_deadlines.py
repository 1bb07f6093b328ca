"""Deadlines as a machine: whatever is set, moved, cancelled or fails, exactly what is due fires, in order, once."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.kit.clock import Clock
from shared.kit.database import DATABASE_TROUBLE
from shared.kit.deadlines import Deadline, DeadlineClock
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.builders.messages import AT, a_work
from tests.integration.machines.world import FakeClock, World, run

SUBJECTS = [UUID(int=number) for number in (1, 2, 3)]
KINDS = ["open", "close", "again"]
DAY = timedelta(days=1)

Name = tuple[UUID, str]
Fired = tuple[UUID, str]

subjects = st.sampled_from(SUBJECTS)
kinds = st.sampled_from(KINDS)


class Deadlines(RuleBasedStateMachine):
    """The model: when each deadline is due, which wait for their next try, which handlers fail, what has fired."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.clock = world, FakeClock()
        self.due: dict[Name, datetime] = {}
        self.postponed: set[Name] = set()
        self.failing: set[Name] = set()
        self.cut: Name | None = None
        self.expected: list[Fired] = []
        world.empty()
        handlers = dict.fromkeys(KINDS, self._handle)
        self.clocks = [DeadlineClock(world.database, handlers, SqlUnitOfWork, self.clock) for _ in range(2)]

    @rule(subject=subjects, kind=kinds, days=st.integers(0, 9))
    def set(self, subject: UUID, kind: str, days: int) -> None:
        """Set a deadline, or move it, be it into the past."""
        self.world.do(self._set(subject, kind, AT + days * DAY))
        self.due[subject, kind] = AT + days * DAY
        self.postponed.discard((subject, kind))

    @rule(subject=subjects, kind=kinds)
    def cancel(self, subject: UUID, kind: str) -> None:
        """Forget one, that there is or not."""
        self.world.do(self._cancel(subject, kind))
        self.due.pop((subject, kind), None)
        self.postponed.discard((subject, kind))

    @rule(subject=subjects, kind=kinds)
    def break_handler(self, subject: UUID, kind: str) -> None:
        """From now on its use case fails."""
        self.failing.add((subject, kind))

    @rule()
    def mend_handlers(self) -> None:
        """No use case fails any more."""
        self.failing.clear()

    @rule()
    def wait_for_retries(self) -> None:
        """The pauses of those that failed are over."""
        self.world.do(self.world.admin.execute("UPDATE deadlines SET next_attempt_at = now() WHERE attempts > 0"))
        self.postponed.clear()

    @rule(days=st.integers(0, 5))
    def forward_and_fire(self, days: int) -> None:
        """Let the clock run on, and fire what is due."""
        self.clock.forward(days)
        self._model_fires()
        self.world.do(self._fire_all(0))

    @rule(days=st.integers(0, 5))
    def two_workers_fire(self, days: int) -> None:
        """The same with two workers at once: between aggregates there is no order then."""
        self.clock.forward(days)
        already = len(self.expected)
        self._model_fires()
        self.world.do(self._both_fire())
        fired = self._fired()
        assert Counter(fired) == Counter(self.expected)
        for subject in SUBJECTS:
            assert [name for name in fired[already:] if name[0] == subject] == [
                name for name in self.expected[already:] if name[0] == subject
            ]
        self.expected = fired

    @rule()
    def lose_the_connection(self) -> None:
        """The connection is lost in the middle of the first use case that is due."""
        due = self._due()
        if not due or due[0] in self.failing:
            return
        self.cut = due[0]
        lost = False
        try:
            self.world.do(self.clocks[0].fire_next())
        except DATABASE_TROUBLE:
            lost = True
        assert lost

    @invariant()
    def fired_what_was_due_and_nothing_else(self) -> None:
        """What has fired, in order; what is left, and when it is due."""
        assert self._fired() == self.expected
        left = {(row[0], row[1]): row[2] for row in self.world.fetch("SELECT * FROM deadlines")}
        assert left == self.due

    def _due(self) -> list[Name]:
        waiting = [(due, *name) for name, due in self.due.items() if due <= self.clock.at]
        return [(subject, kind) for _, subject, kind in sorted(waiting) if (subject, kind) not in self.postponed]

    def _model_fires(self) -> None:
        while due := self._due():
            name = due[0]
            if name in self.failing:
                self.postponed.add(name)
                continue
            self.expected.append(name)
            if name[1] == "again":
                self.due[name] += 3 * DAY
            else:
                del self.due[name]

    def _fired(self) -> list[Fired]:
        return [(row[0], row[1]) for row in self.world.fetch("SELECT subject, kind FROM effects ORDER BY position")]

    async def _set(self, subject: UUID, kind: str, due_at: datetime) -> None:
        async with a_work(self.world.database) as work:
            await work.deadlines.set(subject, kind, due_at)

    async def _cancel(self, subject: UUID, kind: str) -> None:
        async with a_work(self.world.database) as work:
            await work.deadlines.cancel(subject, kind)

    async def _fire_all(self, which: int) -> None:
        while await self.clocks[which].fire_next():
            await asyncio.sleep(0)

    async def _both_fire(self) -> None:
        await asyncio.gather(self._fire_all(0), self._fire_all(1))
        await self._fire_all(0)  # one may have looked while the other held the only one left

    async def _handle(self, deadline: Deadline, work: SqlUnitOfWork, clock: Clock) -> None:
        name = deadline.aggregate_id, deadline.kind
        await work.connection.execute("INSERT INTO effects (subject, kind) VALUES ($1, $2)", *name)
        if deadline.kind == "again":
            await work.deadlines.set(*name, deadline.due_at + 3 * DAY)
        if name in self.failing:
            raise ZeroDivisionError("a bug")
        if name == self.cut:
            self.cut = None
            work.connection.terminate()


def test_deadlines(sending: World) -> None:
    run(lambda: Deadlines(sending))
