"""The writing half of reliable messaging: an event goes to the log and to the outbox in the business transaction."""

from uuid import UUID

import asyncpg
import orjson

from shared.events.base import Event
from shared.kit.database import Connection
from shared.kit.identity import new_id
from shared.kit.provenance import Provenance

SHARDS = 64

_APPEND = """
WITH logged AS (
    INSERT INTO event_log (id, aggregate_id, version, type, data, actor, organisation, correlation_id, causation_id,
                           traceparent, occurred_at)
    SELECT $1, $2, coalesce((SELECT max(version) FROM event_log WHERE aggregate_id = $2), 0) + 1,
           $3, $4, $5, $6, $7, $8, $9, $10
    RETURNING position)
INSERT INTO outbox (shard, key, position) SELECT $11, $2, position FROM logged
"""


class VersionTaken(Exception):
    """Another transaction logged the same version of the aggregate: the same work, done again, succeeds."""


def shard_of(key: UUID) -> int:
    """The shard, 0 to 63, in which everything of this key is sent in order."""
    return key.int % SHARDS


async def append(connection: Connection, aggregate_id: UUID, event: Event, provenance: Provenance) -> None:
    """Log `event` as the next version of its aggregate and queue it for sending, in the caller's transaction.

    Versions run 1, 2, 3… without gap per aggregate. Raises VersionTaken when a concurrent transaction was first,
    NotEmittable when the event holds an `unknown` value only readers may know, ValueError when it is not about the
    aggregate or belongs to a compacted topic.
    """
    _check(event, aggregate_id, "events")
    data = event.to_json()
    try:
        await connection.execute(
            _APPEND,
            new_id(),
            aggregate_id,
            event.event_type,
            data,
            provenance.actor,
            provenance.organisation,
            provenance.correlation_id,
            provenance.causation_id,
            provenance.traceparent,
            provenance.at,
            shard_of(aggregate_id),
        )
    except asyncpg.UniqueViolationError as error:
        raise VersionTaken(str(aggregate_id)) from error


async def append_state(connection: Connection, key: UUID, message: Event, provenance: Provenance) -> None:
    """Queue the state of a compacted topic's key; only the latest counts, so it is not logged (it may be personal)."""
    _check(message, key, "contacts")
    state = {
        "id": str(new_id()),
        "type": message.event_type,
        "data": message.to_json(),
        "correlation_id": str(provenance.correlation_id),
        "time": provenance.at.isoformat(),
        "traceparent": provenance.traceparent,
    }
    await connection.execute(
        "INSERT INTO outbox (shard, key, state) VALUES ($1, $2, $3)", shard_of(key), key, orjson.dumps(state)
    )


def _check(event: Event, subject: UUID, stream: str) -> None:
    # Every reader would refuse it, and the log is for ever.
    if event.subject_id != subject or event.stream != stream:
        raise ValueError(f"{type(event).__name__}, of the {event.stream}, is nothing to say of {subject} here")
