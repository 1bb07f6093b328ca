"""Messages that fail for now wait in PostgreSQL with everything later of their key behind them; other keys flow."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from shared.kit.database import Connection
from shared.kit.record import Record, read, storable

_PARK = """
INSERT INTO parked (consumer_group, topic, partition, record_offset, recorded_at, key, value,
                    header_names, header_values, source, message_id, reason, attempts, next_attempt_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp() + $14)
ON CONFLICT DO NOTHING
"""

# The head of each key, if it is due; what waits behind a head is no candidate, even when the head is locked elsewhere.
# From key to key by the index: thousands may wait behind one head.
_NEXT_HEAD = """
WITH RECURSIVE heads AS (
    (SELECT topic, key, id FROM parked WHERE consumer_group = $1 ORDER BY topic, key, id LIMIT 1)
    UNION ALL
    SELECT following.* FROM heads, LATERAL (
        SELECT topic, key, id FROM parked
        WHERE consumer_group = $1 AND (topic, key) > (heads.topic, heads.key)
        ORDER BY topic, key, id LIMIT 1) AS following)
SELECT p.* FROM heads JOIN parked AS p USING (id)
WHERE p.next_attempt_at <= clock_timestamp()
ORDER BY p.next_attempt_at LIMIT 1 FOR UPDATE OF p SKIP LOCKED
"""

_BEHIND = """
SELECT * FROM parked WHERE consumer_group = $1 AND topic = $2 AND key = $3 AND id > $4 ORDER BY id LIMIT $5 FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before try n (1 is the first retry), in seconds: exponential, capped, with jitter."""

    first: float = 0.5
    factor: float = 3.0
    longest: float = 600.0
    attempts: int = 10

    def delay(self, attempt: int) -> timedelta:
        """Between half and the whole of the exponential delay."""
        whole = min(self.longest, self.first * self.factor ** (attempt - 1))
        return timedelta(seconds=whole * random.uniform(0.5, 1.0))


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked record, and how often it was tried."""

    id: int
    record: Record
    identity: tuple[str, str]
    attempts: int


async def park(
    connection: Connection, group: str, record: Record, *, reason: str, attempts: int, wait: timedelta
) -> None:
    """Park a record behind what its key already has; `attempts` is 0 for one that only waits its turn."""
    source, message_id = record.identity
    await connection.execute(
        _PARK,
        group,
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        [name for name, _ in record.headers],
        [value for _, value in record.headers],
        source,
        message_id,
        storable(reason),
        attempts,
        wait,
    )


async def blocked(connection: Connection, group: str, records: Iterable[Record]) -> set[tuple[str, bytes]]:
    """The (topic, key) pairs among these records that already have something parked."""
    queues = list({record.queue for record in records})
    rows = await connection.fetch(
        "SELECT topic, key FROM unnest($2::text[], $3::bytea[]) AS asked (topic, key) WHERE EXISTS ("
        "SELECT FROM parked AS p WHERE (p.consumer_group, p.topic, p.key) = ($1, asked.topic, asked.key))",
        group,
        [topic for topic, _ in queues],
        [key for _, key in queues],
    )
    return {(row["topic"], row["key"]) for row in rows}


async def next_head(connection: Connection, group: str) -> Parked | None:
    """Lock the most overdue head of a key; None when nothing is due."""
    row = await connection.fetchrow(_NEXT_HEAD, group)
    return None if row is None else _parked(row)


async def behind(connection: Connection, group: str, head: Parked, limit: int) -> list[Parked]:
    """Lock what waits behind a head that this transaction holds, in order."""
    record = head.record
    rows = await connection.fetch(_BEHIND, group, record.topic, record.key, head.id, limit)
    return [_parked(row) for row in rows]


async def release(connection: Connection, *parked: Parked) -> None:
    """They were handled, or given up: the next of their key becomes the head."""
    await connection.execute("DELETE FROM parked WHERE id = ANY($1::bigint[])", [each.id for each in parked])


def _parked(row: asyncpg.Record) -> Parked:
    record = read(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        timestamp=row["recorded_at"],
        key=row["key"],
        value=row["value"],
        headers=tuple(zip(row["header_names"], row["header_values"], strict=True)),
    )
    # As it was when it was parked: this release may no longer be able to read it in the record.
    identity = row["source"], row["message_id"]
    return Parked(row["id"], record, identity, row["attempts"])


async def postpone(connection: Connection, parked: Parked, *, reason: str, wait: timedelta) -> None:
    """It failed again: count the attempt and wait."""
    await connection.execute(
        "UPDATE parked SET attempts = attempts + 1, reason = $2, next_attempt_at = clock_timestamp() + $3"
        " WHERE id = $1",
        parked.id,
        storable(reason),
        wait,
    )
