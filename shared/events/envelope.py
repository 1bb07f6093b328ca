"""The envelope of an event: CloudEvents 1.0 in Kafka's binary mode, written and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Self
from uuid import UUID

from .base import CE_TYPE_PREFIX, Event, ce_type, dataschema_of, source_of
from .headers import Header, read_headers
from .refusals import BadEnvelope, Reason
from .values import read_value

__all__ = ["Attributes", "BadEnvelope", "Envelope", "Reason", "WireRecord", "internal_record", "public_record"]

_JSON = ("content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class WireRecord:
    """A Kafka record as it is sent: its key, its value (None for a tombstone) and its headers."""

    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What an envelope says of its event, without the data: enough to send a stored JSON text again, byte for byte."""

    id: UUID
    source: str
    type: str
    subject: UUID
    time: datetime
    sequence: int
    correlation_id: UUID
    causation_id: UUID | None = None
    actor: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(Attributes):
    """An event with who says it, about what, when, in which order and because of what."""

    data: Event

    @classmethod
    def of(
        cls,
        event: Event,
        *,
        id: UUID,
        time: datetime,
        sequence: int,
        correlation_id: UUID,
        causation_id: UUID | None = None,
        actor: str | None = None,
        traceparent: str | None = None,
    ) -> Self:
        """Wrap an event: source, type and subject are its own."""
        return cls(
            id=id,
            source=source_of(event.emitter),
            type=ce_type(type(event)),
            subject=event.subject_id,
            time=time,
            sequence=sequence,
            correlation_id=correlation_id,
            causation_id=causation_id,
            actor=actor,
            traceparent=traceparent,
            data=event,
        )

    def to_kafka(self) -> WireRecord:
        """The record for the internal topic of the event; raises NotEmittable."""
        return internal_record(self, self.data.to_json())

    def to_public_kafka(self) -> WireRecord | None:
        """The record for the public topic, None when partners are not told; raises NotEmittable."""
        data = self.data.to_public_json()
        return None if data is None else public_record(self, data)

    @classmethod
    def from_kafka(cls, key: bytes | None, value: bytes | None, headers: Sequence[Header] | None) -> Self:
        """Read a record of an internal, contacts or public topic; raises BadEnvelope, and never anything else."""
        read = read_headers(headers or ())
        if key != str(read.subject).encode():
            raise BadEnvelope("bad-key", "the key of the record is not its ce_subject")
        return cls(
            id=read.id,
            source=read.source,
            type=read.type,
            subject=read.subject,
            time=read.time,
            sequence=read.sequence,
            correlation_id=read.correlation_id or read.id,
            causation_id=read.causation_id,
            actor=read.actor,
            traceparent=read.traceparent,
            data=read_value(read, value),
        )


def internal_record(attributes: Attributes, data: str | None) -> WireRecord:
    """The record that carries an already serialised event to the services; None makes a tombstone."""
    headers = _headers(attributes, public=False)
    if attributes.causation_id:
        headers.append(("ce_causationid", str(attributes.causation_id).encode()))
    if attributes.actor is not None:
        headers.append(("ce_actorid", attributes.actor.encode()))
    if attributes.traceparent is not None:
        headers.append(("traceparent", attributes.traceparent.encode()))
    return _record(attributes, data, headers)


def public_record(attributes: Attributes, data: str) -> WireRecord:
    """The record that carries an already serialised public face to partners: neither who acted nor our traces."""
    return _record(attributes, data, _headers(attributes, public=True))


def _record(attributes: Attributes, data: str | None, headers: list[tuple[str, bytes]]) -> WireRecord:
    if data is not None:
        headers.append(_JSON)
    return WireRecord(
        key=str(attributes.subject).encode(), value=None if data is None else data.encode(), headers=tuple(headers)
    )


def _headers(attributes: Attributes, *, public: bool) -> list[tuple[str, bytes]]:
    specversion, source, type_, schema = _fixed_headers(attributes.source, attributes.type, public)
    return [
        specversion,
        ("ce_id", str(attributes.id).encode()),
        source,
        type_,
        ("ce_subject", str(attributes.subject).encode()),
        ("ce_time", attributes.time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        schema,
        ("ce_sequence", b"%020d" % attributes.sequence),
        ("ce_correlationid", str(attributes.correlation_id).encode()),
    ]


@cache
def _fixed_headers(source: str, type_: str, public: bool) -> tuple[tuple[str, bytes], ...]:
    """What all events of a type say alike: made once, for a relay says it of millions."""
    schema = dataschema_of(type_.removeprefix(CE_TYPE_PREFIX), public=public)
    said = {"ce_specversion": "1.0", "ce_source": source, "ce_type": type_, "ce_dataschema": schema}
    return tuple((name, text.encode()) for name, text in said.items())
