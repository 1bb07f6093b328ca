"""How a record is shown: its headers, its payload, and nothing personal unless asked."""

import json
from typing import Any

from shared.events.envelope import BadEnvelope
from shared.events.topics import CONTACTS
from shared.kit.record import Record

MASK = "•••"


def is_personal(record: Record) -> bool:
    """Whether a record speaks of a person: those of the contacts topic do, no other may."""
    return record.topic == CONTACTS


def summary(record: Record) -> dict[str, Any]:
    """What a line says of a record."""
    message = None if isinstance(record.content, BadEnvelope) else record.content
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": text(record.key),
        "id": str(message.id) if message else None,
        "type": message.data.event_type if message else None,
        "sequence": message.sequence if message else None,
        "recorded_at": record.timestamp.isoformat(),
    }


def whole(record: Record, *, reveal: bool) -> dict[str, Any]:
    """Headers and payload; the payload of a personal record is masked unless revealed."""
    return {
        "headers": [[name, None if value is None else text(value)] for name, value in record.headers],
        "payload": payload(record, reveal=reveal),
    }


def payload(record: Record, *, reveal: bool) -> Any:
    """The data as JSON, or as text when it is none; None for a tombstone."""
    if record.value is None:
        return None
    try:
        data = json.loads(record.value)
    except ValueError:
        data = text(record.value)
    return data if reveal or not is_personal(record) else _masked(data)


def said(detail: str, record: Record, *, reveal: bool) -> str:
    """The words of an error, which may quote a personal record."""
    return detail if reveal or not is_personal(record) else MASK


def text(raw: bytes) -> str:
    """Bytes as a person can read them."""
    return raw.decode("utf-8", "backslashreplace")


def _masked(data: Any) -> Any:
    return dict.fromkeys(data, MASK) if isinstance(data, dict) else MASK
