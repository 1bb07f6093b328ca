"""After a restore: what a service said, as its topic has it, that its log no longer knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.events.envelope import BadEnvelope, Envelope
from shared.events.topics import events_topic
from shared.kit.database import Connection
from shared.kit.kafka import KafkaAccess
from shared.kit.reading import read_ranges, reader, whole_ranges
from shared.kit.record import read_all

_UNKNOWN = """
SELECT asked.id FROM unnest($1::uuid[]) AS asked (id)
WHERE NOT EXISTS (SELECT FROM event_log AS e WHERE e.id = asked.id)
"""
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


async def ahead_of_log(access: KafkaAccess, connection: Connection, service: str) -> list[Ahead]:
    """The aggregates whose events on the topic of `service` go beyond its log, by identifier; none when all is well.

    The connection is on the schema of the service. Reads the whole topic, joins no group and changes nothing: run it
    after a restore with the processes of the service stopped, and start them only if nothing is found.
    """
    lost: dict[UUID, dict[UUID, int]] = {}
    async with reader(access) as consumer:
        ranges = await whole_ranges(consumer, [events_topic(service)])
        async for raw in read_ranges(consumer, ranges):
            said = [record.content for record in read_all(raw)]
            for envelope in await _unknown(connection, [one for one in said if not isinstance(one, BadEnvelope)]):
                lost.setdefault(envelope.subject, {})[envelope.id] = envelope.sequence
    logged = await _logged(connection, lost)
    return [_ahead(subject, logged.get(subject, 0), events) for subject, events in sorted(lost.items())]


async def _unknown(connection: Connection, said: Sequence[Envelope]) -> list[Envelope]:
    rows = await connection.fetch(_UNKNOWN, [envelope.id for envelope in said])
    missing = {row["id"] for row in rows}
    return [envelope for envelope in said if envelope.id in missing]


async def _logged(connection: Connection, subjects: Iterable[UUID]) -> dict[UUID, int]:
    rows = await connection.fetch(_VERSIONS, list(subjects))
    return {row["aggregate_id"]: row["version"] for row in rows}


def _ahead(subject: UUID, logged: int, lost: dict[UUID, int]) -> Ahead:
    return Ahead(subject, logged, max(lost.values()), tuple(lost), min(lost.values()) <= logged)
