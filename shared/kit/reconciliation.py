"""After a restore: what a service said, as its topic has it, that its log no longer knows."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.base import source_of
from shared.events.envelope import BadEnvelope, Envelope
from shared.events.topics import events_topic
from shared.kit.database import Connection
from shared.kit.health import Health
from shared.kit.kafka import KafkaAccess
from shared.kit.reading import Range, read_ranges, reader, whole_ranges
from shared.kit.record import read_all

log = structlog.get_logger(__name__)

ACCEPT = "reconcile"
"""The operation by which a person lets a service speak though these events are lost: `lost` in its details."""

# What the clocks of PostgreSQL and of whoever stamps the records may differ by.
_SKEW = timedelta(minutes=1)
_BEGINNING = datetime.fromtimestamp(0, UTC)

_NEWEST = "SELECT recorded_at FROM event_log ORDER BY position DESC LIMIT 1"
_UNKNOWN = f"""
SELECT asked.id FROM unnest($1::uuid[]) AS asked (id)
WHERE NOT EXISTS (SELECT FROM event_log AS e WHERE e.id = asked.id)
  AND NOT EXISTS (SELECT FROM operations AS o WHERE o.command = '{ACCEPT}' AND o.details -> 'lost' ? asked.id::text)
"""  # noqa: S608
_VERSIONS = (
    "SELECT aggregate_id, max(version) AS version FROM event_log WHERE aggregate_id = ANY($1::uuid[]) GROUP BY 1"
)


@dataclass(frozen=True, slots=True)
class Ahead:
    """An aggregate of which others heard more than the log knows.

    `logged` is the last version the log has, 0 for none; `heard` the last on the topic; `lost` the identifiers of the
    events the log has not, in the order of the topic; `forked` when the log has given a version of theirs to another.
    """

    aggregate_id: UUID
    logged: int
    heard: int
    lost: tuple[UUID, ...]
    forked: bool


async def ahead_of_log(
    access: KafkaAccess, connection: Connection, service: str, *, since: datetime | None = None
) -> list[Ahead]:
    """The aggregates whose events on the topic of `service` go beyond its log, by identifier; none when all is well.

    The connection is on the schema of the service. Reads the topic, from an instant if one is given, joins no group
    and changes nothing. Events whose loss somebody has accepted are left out.
    """
    lost: dict[UUID, dict[UUID, int]] = {}
    async with reader(access) as consumer:
        ranges = await whole_ranges(consumer, [events_topic(service)])
        if since is not None:
            ranges = await _given_since(consumer, ranges, since)
        async for raw in read_ranges(consumer, ranges):
            contents = [record.content for record in read_all(raw)]
            said = [it for it in contents if not isinstance(it, BadEnvelope) and it.source == source_of(service)]
            for envelope in await _unknown(connection, said):
                lost.setdefault(envelope.subject, {})[envelope.id] = envelope.sequence
    logged = await _logged(connection, lost)
    return [_ahead(subject, logged.get(subject, 0), events) for subject, events in sorted(lost.items())]


class Reconciliation:
    """Keeps a relay silent while others have heard what its log does not know.

    What a restored log lacks was committed after everything it has, and sent later still: only what the topic was
    given since its newest event is read, however long the history (decision 16).
    """

    def __init__(self, access: KafkaAccess, service: str, *, every: float = 30.0) -> None:
        self._access = access
        self._service = service
        self._every = every
        self._health = Health.DEGRADED

    async def health(self) -> Health:
        """For readiness: degraded until the topic could be read, failed while the relay must be silent."""
        return self._health

    async def wait(self, connection: Connection) -> None:
        """Return once the log knows what its topic holds; look again, and say so, until it does."""
        while ahead := await self._ahead(connection):
            self._health = Health.FAILED
            log.error(
                "relay_silent",
                service=self._service,
                aggregates=len(ahead),
                lost=sum(len(one.lost) for one in ahead),
                advice=f"D’autres ont entendu ce que ce journal ignore : une sauvegarde trop ancienne a été restaurée."
                f" Rien n’est envoyé. Lancez : qmi reconcile {self._service}",
            )
            await asyncio.sleep(self._every)
        self._health = Health.OK

    async def _ahead(self, connection: Connection) -> list[Ahead]:
        newest: datetime | None = await connection.fetchval(_NEWEST)
        since = newest - _SKEW if newest else _BEGINNING
        return await ahead_of_log(self._access, connection, self._service, since=since)


async def _given_since(
    consumer: AIOKafkaConsumer, ranges: dict[TopicPartition, Range], since: datetime
) -> dict[TopicPartition, Range]:
    """The end of these ranges, from the first record since an instant; the embedded broker knows of none."""
    instant = int(since.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(ranges, instant))
    return {partition: (place.offset, ranges[partition][1]) for partition, place in found.items() if place is not None}


async def _unknown(connection: Connection, said: Sequence[Envelope]) -> list[Envelope]:
    rows = await connection.fetch(_UNKNOWN, [envelope.id for envelope in said])
    missing = {row["id"] for row in rows}
    return [envelope for envelope in said if envelope.id in missing]


async def _logged(connection: Connection, subjects: Iterable[UUID]) -> dict[UUID, int]:
    rows = await connection.fetch(_VERSIONS, list(subjects))
    return {row["aggregate_id"]: row["version"] for row in rows}


def _ahead(subject: UUID, logged: int, lost: dict[UUID, int]) -> Ahead:
    return Ahead(subject, logged, max(lost.values()), tuple(lost), min(lost.values()) <= logged)
