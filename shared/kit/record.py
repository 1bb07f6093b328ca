"""A Kafka record as we keep it: byte for byte, whatever the client library made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.events.envelope import BadEnvelope, Envelope

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic, with what it says once parsed."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes
    value: bytes | None
    headers: Headers
    content: "Envelope | BadEnvelope" = field(compare=False)

    @property
    def envelope(self) -> Envelope:
        """The CloudEvent; only for a record whose content could be read."""
        if isinstance(self.content, BadEnvelope):
            raise self.content
        return self.content

    @property
    def identity(self) -> tuple[str, str]:
        """What the inbox knows it by: (source, id); a zombie relay sends the same pair again."""
        return self.envelope.source, str(self.envelope.id)

    @property
    def queue(self) -> tuple[str, bytes]:
        """What must stay in order: the records of one key of one topic."""
        return self.topic, self.key


def read(
    *,
    topic: str,
    partition: int,
    offset: int,
    timestamp: datetime,
    key: bytes | None,
    value: bytes | None,
    headers: Headers,
) -> Record:
    """Parse a record; what cannot be parsed is kept with the reason instead of being raised."""
    content: Envelope | BadEnvelope
    try:
        if "\0" in "".join(name for name, _ in headers):
            raise BadEnvelope("bad-header", "a header has NUL in its name")  # PostgreSQL could not park it
        content = Envelope.from_kafka(key, value, headers)
    except BadEnvelope as error:
        content = error
    return Record(topic, partition, offset, timestamp, key or b"", value, headers, content)


def read_all(raw: Sequence[Any]) -> list[Record]:
    """Parse the records of an aiokafka batch."""
    return [
        read(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp=_instant(record.timestamp),
            key=record.key,
            value=record.value,
            headers=tuple(record.headers),
        )
        for record in raw
    ]


def storable(text: str) -> str:
    """Free text as PostgreSQL and a header can hold it: no NUL, no half of a character, 2000 characters at most."""
    return text[:2000].replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _instant(milliseconds: int) -> datetime:
    """What producers write is not checked by every broker: an instant no calendar knows becomes 1970."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
