"""What waits in the database of a service, measured every few seconds by each of its processes.

By each, and not by the worker alone: it is when workers are gone that the outbox grows.
"""

import asyncio
import math

import structlog

from shared.kit.clock import Clock
from shared.kit.database import DATABASE_TROUBLE, Connection, Database
from shared.kit.telemetry import (
    DEADLINES_OVERDUE,
    DEADLINES_OVERDUE_AGE,
    OUTBOX_AGE,
    OUTBOX_PENDING,
    PARKED,
    PARKED_AGE,
    POOL_CONNECTIONS,
    POOL_LIMIT,
)

log = structlog.get_logger(__name__)

_OUTBOX = """
SELECT count(*) AS waiting, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float AS age
FROM outbox
"""
_PARKED = """
SELECT consumer_group AS label, count(*) AS waiting,
       extract(epoch FROM clock_timestamp() - min(parked_at))::float AS age
FROM parked GROUP BY consumer_group
"""
_OVERDUE = """
SELECT kind AS label, count(*) AS waiting, extract(epoch FROM $1 - min(due_at))::float AS age
FROM deadlines WHERE due_at <= $1 GROUP BY kind
"""


class Backlog:
    """Keeps the gauges of one service; while the database is away they are unknown, not what they last were."""

    def __init__(self, database: Database, clock: Clock, *, every: float = 5.0) -> None:
        self._database = database
        self._clock = clock
        self._every = every
        watch_pool(database)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            try:
                await self.measure()
            except DATABASE_TROUBLE as error:
                log.debug("backlog_unknown", error=repr(error))
                _forget()
            await asyncio.sleep(self._every)

    async def measure(self) -> None:
        """Measure now."""
        now = await self._clock.now()
        async with self._database.connection() as connection:
            [outbox] = await connection.fetch(_OUTBOX)
            parked = await _by_label(connection, _PARKED)
            overdue = await _by_label(connection, _OVERDUE, now)
        _forget()
        OUTBOX_PENDING.set(outbox["waiting"])
        OUTBOX_AGE.set(outbox["age"])
        for group, (waiting, age) in parked.items():
            PARKED.labels(group).set(waiting)
            PARKED_AGE.labels(group).set(age)
        for kind, (waiting, age) in overdue.items():
            DEADLINES_OVERDUE.labels(kind).set(waiting)
            DEADLINES_OVERDUE_AGE.labels(kind).set(age)


def watch_pool(database: Database) -> None:
    """Let the gauges of the pool follow this database, at each scrape."""
    POOL_CONNECTIONS.labels("busy").set_function(lambda: database.connections()[0])
    POOL_CONNECTIONS.labels("idle").set_function(lambda: database.connections()[1])
    POOL_LIMIT.set_function(lambda: database.limit)


async def _by_label(connection: Connection, query: str, *arguments: object) -> dict[str, tuple[int, float]]:
    rows = await connection.fetch(query, *arguments)
    return {row["label"]: (row["waiting"], row["age"]) for row in rows}


def _forget() -> None:
    for gauge in (OUTBOX_PENDING, OUTBOX_AGE):
        gauge.set(math.nan)
    for labelled in (PARKED, PARKED_AGE, DEADLINES_OVERDUE, DEADLINES_OVERDUE_AGE):
        labelled.clear()
