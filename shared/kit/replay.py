"""Hearing a part of the topics again: what of it would be new to a group, and making the group forget it."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiokafka import TopicPartition

from shared.events.envelope import BadEnvelope
from shared.kit.database import Connection
from shared.kit.kafka import KafkaAccess
from shared.kit.reading import Range, read_ranges, reader
from shared.kit.record import Record, read_all

Progress = Callable[[int, int], None]

_NEW = """
SELECT asked.source, asked.id FROM unnest($2::text[], $3::text[]) AS asked (source, id)
WHERE NOT EXISTS (SELECT FROM inbox AS i WHERE (i.consumer_group, i.source, i.id) = ($1, asked.source, asked.id))
  AND NOT EXISTS (
      SELECT FROM parked AS p WHERE (p.consumer_group, p.source, p.message_id) = ($1, asked.source, asked.id))
"""


@dataclass(slots=True)
class Expected:
    """What a replay would deliver: records, those among them the inbox does not know, and those nobody can read."""

    records: int = 0
    new: int = 0
    unreadable: int = 0


@dataclass(slots=True)
class Forgotten:
    """What was removed so that handlers run again: inbox claims, and parked messages that will come from the topic."""

    claims: int = 0
    parked: int = 0


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


async def expect(
    access: KafkaAccess,
    connection: Connection,
    group: str,
    ranges: Mapping[TopicPartition, Range],
    *,
    until: datetime | None = None,
    progress: Progress = _silent,
) -> Expected:
    """Read these ranges and say what would be new to the group; `until` leaves later records out of the count."""
    expected, new = Expected(), set[tuple[str, str]]()
    async for batch in _batches(access, ranges, until, progress):
        identities = _identities(batch)
        new |= {(row["source"], row["id"]) for row in await connection.fetch(_NEW, group, *_columns(identities))}
        expected.records += len(batch)
        expected.unreadable += len(batch) - len(identities)
    expected.new = len(new)
    return expected


async def forget(
    access: KafkaAccess,
    connection: Connection,
    group: str,
    ranges: Mapping[TopicPartition, Range],
    *,
    until: datetime | None = None,
    progress: Progress = _silent,
) -> Forgotten:
    """Remove, in the caller's transaction, every trace of these records: their handlers will run again.

    What of them is parked goes too: it comes again from the topic, in its place.
    """
    forgotten = Forgotten()
    async for batch in _batches(access, ranges, until, progress):
        columns = _columns(_identities(batch))
        forgotten.claims += await _deleted(connection, "inbox", "id", group, columns)
        forgotten.parked += await _deleted(connection, "parked", "message_id", group, columns)
    return forgotten


async def _batches(
    access: KafkaAccess, ranges: Mapping[TopicPartition, Range], until: datetime | None, progress: Progress
) -> AsyncIterator[list[Record]]:
    total, done = sum(end - start for start, end in ranges.values()), 0
    async with reader(access) as consumer:
        async for raw in read_ranges(consumer, ranges):
            done += len(raw)
            progress(done, total)
            yield [record for record in read_all(raw) if until is None or record.timestamp < until]


def _identities(records: list[Record]) -> list[tuple[str, str]]:
    return [record.identity for record in records if not isinstance(record.content, BadEnvelope)]


def _columns(identities: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [source for source, _ in identities], [identifier for _, identifier in identities]


async def _deleted(
    connection: Connection, table: str, name: str, group: str, columns: tuple[list[str], list[str]]
) -> int:
    done: str = await connection.execute(
        f"DELETE FROM {table} WHERE consumer_group = $1 AND (source, {name}) IN"  # noqa: S608 (names of this module)
        " (SELECT * FROM unnest($2::text[], $3::text[]))",
        group,
        *columns,
    )
    return int(done.split()[-1])
