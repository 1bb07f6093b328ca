"""From what is stored to what is sent: the same records whether the relay or a republication sends them."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from shared.events.base import CE_TYPE_PREFIX, source_of
from shared.events.envelope import Attributes, WireRecord, internal_record, public_record
from shared.events.registry import EVENTS
from shared.events.topics import events_topic, public_topic, topic_of

LOG_COLUMNS = (
    "e.id AS event_id, e.aggregate_id, e.version, e.type, e.data, e.actor, e.correlation_id, e.causation_id,"
    " e.traceparent, e.occurred_at"
)


def records_of(service: str, row: asyncpg.Record) -> list[tuple[str, WireRecord]]:
    """The records of a row of the outbox, each with its topic."""
    if row["state"] is not None:
        return [state_record(service, row["key"], row["id"], row["state"])]
    return list(event_records(service, row))


def event_records(service: str, row: asyncpg.Record) -> Iterator[tuple[str, WireRecord]]:
    """The internal record of a logged event, then its public face if partners get one, each with its topic.

    The stored text of the data goes out byte for byte; the public face keeps the allow-listed fields of that same text.
    """
    type_ = CE_TYPE_PREFIX + row["type"]
    attributes = Attributes(
        id=row["event_id"],
        source=source_of(service),
        type=type_,
        subject=row["aggregate_id"],
        time=row["occurred_at"],
        sequence=row["version"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        actor=row["actor"],
        traceparent=row["traceparent"],
    )
    yield events_topic(service), internal_record(attributes, row["data"])
    # A type this release no longer knows is still history: it goes to the services, not to partners.
    event_class = EVENTS.get(type_)
    if event_class is not None and event_class.public_fields:
        data = orjson.loads(row["data"])
        face = {name: data[name] for name in event_class.public_fields if name in data}
        yield public_topic(service), public_record(attributes, orjson.dumps(face).decode())


def state_record(service: str, key: UUID, sequence: int, state: bytes) -> tuple[str, WireRecord]:
    """The record of a compacted topic's key, with its topic; a state without data is a tombstone."""
    stored = orjson.loads(state)
    type_ = CE_TYPE_PREFIX + stored["type"]
    attributes = Attributes(
        id=UUID(stored["id"]),
        source=source_of(service),
        type=type_,
        subject=key,
        time=datetime.fromisoformat(stored["time"]),
        sequence=sequence,
        correlation_id=UUID(stored["correlation_id"]),
        traceparent=stored.get("traceparent"),
    )
    return topic_of(EVENTS[type_]), internal_record(attributes, stored["data"])
