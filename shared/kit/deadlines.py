"""Clocks: a deadline set with a state fires a use case once, in one transaction, even if the process dies."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from shared.kit import tracing
from shared.kit.clock import Clock
from shared.kit.consume import WorkFactory
from shared.kit.database import DATABASE_TROUBLE, Connection, Database
from shared.kit.park import Backoff
from shared.kit.ports import UnitOfWork
from shared.kit.provenance import Provenance
from shared.kit.record import storable
from shared.kit.telemetry import DEADLINE_LATENESS, DEADLINES
from shared.kit.unit_of_work import Joined
from shared.kit.verdict import is_outage

log = structlog.get_logger(__name__)

W = TypeVar("W", bound=UnitOfWork)

# In order of due date, so that a clock that jumps fires what lies between in the order it would have happened; also
# when another worker is firing an earlier one of the aggregate. One that failed no longer holds up the later ones.
_NEXT_DUE = """
SELECT aggregate_id, kind, due_at, attempts FROM deadlines AS d
WHERE due_at <= $1 AND (next_attempt_at IS NULL OR next_attempt_at <= clock_timestamp()) AND NOT EXISTS (
    SELECT FROM deadlines AS earlier
    WHERE earlier.aggregate_id = d.aggregate_id AND earlier.due_at < d.due_at AND earlier.next_attempt_at IS NULL)
ORDER BY due_at, aggregate_id, kind LIMIT 1 FOR UPDATE SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline that is due."""

    aggregate_id: UUID
    kind: str
    due_at: datetime


DeadlineHandler = Callable[[Deadline, W, Clock], Awaitable[None]]


class DeadlineClock(Generic[W]):
    """Fires the due deadlines of a service, one transaction each; several may run."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, DeadlineHandler[W]],
        work_factory: WorkFactory[W],
        clock: Clock,
        *,
        poll: float = 0.1,
    ) -> None:
        self._database = database
        self._handlers = dict(handlers)
        self._work_factory = work_factory
        self._clock = clock
        self._poll = poll
        self._backoff = Backoff(first=1.0, longest=300.0)

    async def run(self) -> None:
        """Fire until cancelled, surviving the loss of PostgreSQL."""
        while True:
            try:
                if await self.fire_next():
                    continue
            except DATABASE_TROUBLE as error:
                log.warning("deadlines_wait", service=self._database.schema, error=repr(error))
                await asyncio.sleep(1.0)
            await asyncio.sleep(self._poll)

    async def fire_next(self) -> bool:
        """Fire the deadline that has been due longest; whether there was one."""
        now = await self._clock.now()
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_NEXT_DUE, now)
            if row is None:
                return False
            deadline = Deadline(row["aggregate_id"], row["kind"], row["due_at"])
            joined = Joined(connection)
            await self._fire(joined, deadline, row["attempts"], now)
        DEADLINE_LATENESS.labels(deadline.kind).observe((now - deadline.due_at).total_seconds())
        if joined.published:
            self._database.published()
        return True

    async def _fire(self, joined: Joined, deadline: Deadline, attempts: int, now: datetime) -> None:
        connection = joined.connection
        provenance = Provenance.of_system(f"{self._database.schema}:clock", at=now)
        try:
            with tracing.firing(deadline.kind) as traceparent:
                work = self._work_factory(self._database, replace(provenance, traceparent=traceparent), joined=joined)
                async with connection.transaction():
                    await self._handlers[deadline.kind](deadline, work, self._clock)
                    # Unless the use case itself set the same deadline anew.
                    await connection.execute(
                        "DELETE FROM deadlines WHERE aggregate_id = $1 AND kind = $2 AND due_at = $3",
                        deadline.aggregate_id,
                        deadline.kind,
                        deadline.due_at,
                    )
        except Exception as error:
            if is_outage(error, connection):
                raise
            await self._postpone(connection, deadline, attempts, error)
            return
        DEADLINES.labels(deadline.kind, "fired").inc()

    async def _postpone(self, connection: Connection, deadline: Deadline, attempts: int, error: Exception) -> None:
        """A deadline is never given up: it is tried again, ever more slowly, and seen in the metrics and the log."""
        log.error("deadline_failed", kind=deadline.kind, aggregate=str(deadline.aggregate_id), exc_info=error)
        DEADLINES.labels(deadline.kind, "failed").inc()
        await connection.execute(
            "UPDATE deadlines SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + $3, last_error = $4"
            " WHERE aggregate_id = $1 AND kind = $2",
            deadline.aggregate_id,
            deadline.kind,
            self._backoff.delay(min(attempts, 20) + 1),
            storable(repr(error)),
        )
