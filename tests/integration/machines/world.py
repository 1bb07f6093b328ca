"""What a machine stands on: its own event loop, a real PostgreSQL, a broker and a clock it has in hand."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from shared.kit.database import Database
from tests.builders.messages import AT
from tests.infrastructure.databases import OwnDatabase

T = TypeVar("T")

_SETTINGS = settings(
    stateful_step_count=20,
    derandomize=True,
    phases=[Phase.generate],  # twenty steps are read easily enough; shrinking them takes minutes
    deadline=None,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
_TABLES = (
    "event_log, outbox, relay_members, inbox, parked, deadlines, idempotency_keys, operations, settled_dead_letters"
)


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = AT

    async def now(self) -> datetime:
        """The instant it shows."""
        return self.at

    def forward(self, days: float) -> None:
        """Move it."""
        self.at += timedelta(days=days)


class World:
    """One schema of a database on a loop of its own, emptied before each example."""

    def __init__(self, own: OwnDatabase, schema: str, *, effects: str = "effects") -> None:
        self._loop = asyncio.new_event_loop()
        self._own = own
        self._effects = effects
        self.database = Database(own.dsn(schema), schema)

    def __enter__(self) -> Self:
        self.do(self.database.start())
        self.admin = self.do(Database(self._own.admin_dsn, self.database.schema).connect())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.database.stop())
        self.do(self.admin.close())
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end."""
        return self._loop.run_until_complete(work)

    def empty(self) -> None:
        """Forget the example before."""
        self.do(self.admin.execute(f"TRUNCATE {_TABLES}, {self._effects} RESTART IDENTITY"))

    def fetch(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        """The rows of a query, as the superuser."""
        return [tuple(row) for row in self.do(self.admin.fetch(sql, *arguments))]


def run(machine: Callable[[], RuleBasedStateMachine], *, examples: int = 25) -> None:
    """Play a machine: the same examples each time."""
    run_state_machine_as_test(machine, settings=settings(_SETTINGS, max_examples=examples))  # type: ignore[arg-type]
