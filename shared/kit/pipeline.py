"""The outbox as a pipeline: Kafka has one page, the next is being packed, and PostgreSQL looks for the one after it."""

import asyncio
import time
from collections.abc import Sequence

import asyncpg
from aiokafka import AIOKafkaProducer

from shared.kit.database import Connection
from shared.kit.shipping import Dock, Shipment
from shared.kit.stored import LOG_COLUMNS
from shared.kit.telemetry import RELAY_LATENCY, RELAYED

# PostgreSQL believes the outbox to be as long as it was when it was analysed: mostly empty. So a session is told to
# read it by index, and ids travel as ranges, in which one is found at once: a join with them took 1.6 s for a page.
# A sort that cannot be helped then looks dear enough to be compiled, for forty milliseconds: no compiling.
BY_INDEX = "SELECT set_config(name, 'off', false) FROM unnest(ARRAY['enable_seqscan', 'enable_sort', 'jit']) AS name"
_CLEAR = "DELETE FROM outbox WHERE id BETWEEN $1 AND $2 AND id <@ (SELECT $3::text::int8multirange)"
# No cursor over ids: what is unsent is what is still there. What this statement clears is still seen by it.
PAGE = f"""
WITH cleared AS ({_CLEAR})
SELECT o.id, o.key, o.state, o.position, {LOG_COLUMNS},
       extract(epoch FROM clock_timestamp() - o.created_at)::float AS age
FROM (SELECT id, key, state, position, created_at FROM outbox
      WHERE shard = ANY($4::smallint[]) AND key <> ALL($5::uuid[]) AND NOT id <@ (SELECT $6::text::int8multirange)
      ORDER BY id LIMIT $7) AS o
LEFT JOIN event_log AS e USING (position)
ORDER BY o.id
"""  # noqa: S608


class Pipeline:
    """Reads, sends and clears the rows of some shards, over one connection and one producer."""

    def __init__(
        self, connection: Connection, producer: AIOKafkaProducer, dock: Dock, shards: set[int], *, page: int
    ) -> None:
        self._connection = connection
        self._producer = producer
        self._dock = dock
        self._shards = sorted(shards)
        self._page = page
        self._in_flight: Shipment | None = None
        self._landed: list[int] = []
        self._read_at = 0.0

    async def read(self, but: Sequence[int] = ()) -> list[asyncpg.Record]:
        """The next page of what waits but for these rows, in order of id; clears what has landed."""
        landed = self._landed[:]
        stopped, known = self._dock.stopped(), _ranges([*but, *landed])
        rows = await self._connection.fetch(PAGE, *_these(landed), self._shards, stopped, known, self._page)
        del self._landed[: len(landed)]
        self._read_at = time.monotonic()
        return rows

    async def send(self, rows: Sequence[asyncpg.Record], *, read_on: bool) -> list[asyncpg.Record]:
        """Put a page in flight once the one before it has landed; meanwhile, with `read_on`, read the next."""
        read_at = self._read_at
        reading = asyncio.create_task(self._read_beyond(rows)) if read_on else None
        try:
            await asyncio.sleep(0)  # the question is on its way while this page is packed
            shipment = await self._dock.pack(self._producer, rows)
            await self.land()
            self._in_flight, shipment.read_at = shipment, read_at
            await shipment.packing.ship()
            return await reading if reading else []
        finally:
            if reading:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def land(self) -> None:
        """Wait for what is in flight; raises what went wrong with it."""
        if self._in_flight is None:
            return
        await self._in_flight.packing.arrived()
        shipment, self._in_flight = self._in_flight, None
        if rows := shipment.landed():
            self._landed += [row["id"] for row in rows]
            RELAYED.inc(len(rows))
            RELAY_LATENCY.observe(rows[0]["age"] + time.monotonic() - shipment.read_at)
        if failure := self._dock.judge(shipment):
            raise failure

    async def clear(self) -> None:
        """Wait for what is in flight, and clear what has landed; raises what went wrong."""
        try:
            await self.land()
        finally:
            if self._landed:
                await self._connection.execute(_CLEAR, *_these(self._landed))
                self._landed = []

    async def _read_beyond(self, rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        in_flight = self._in_flight.rows if self._in_flight else []
        return await self.read([row["id"] for row in (*in_flight, *rows)])


def _these(ids: Sequence[int]) -> tuple[int, int, str]:
    """The least and the greatest of some ids, and all of them as ranges."""
    return (min(ids), max(ids), _ranges(ids)) if ids else (0, 0, "{}")


def _ranges(ids: Sequence[int]) -> str:
    """Some ids as a multirange of PostgreSQL: one range for each run without a gap."""
    runs: list[list[int]] = []
    for number in sorted(ids):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "{" + ",".join(f"[{first},{last}]" for first, last in runs) + "}"
