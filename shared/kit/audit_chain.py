"""The audit chain, without I/O: how a row of the log becomes a hash, and how hashes are chained into seals."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

_GENESIS = b"qmi-audit-genesis-v1\0"
_ROW = b"qmi-audit-row-v1\0"
_LINK = b"qmi-audit-link-v1\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Value = int | str | bytes | UUID | datetime | None


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """A row of event_log, whole; `data` is its text byte for byte. No column is ever personal."""

    position: int
    id: UUID
    aggregate_id: UUID
    version: int
    type: str
    data: str
    actor: str
    organisation: str | None
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """What the chain holds of a row: who it is, and the SHA-256 of all of it."""

    position: int
    event_id: UUID
    aggregate_id: UUID
    version: int
    row_hash: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain; its `chain_hash` covers every other field and the link before."""

    sequence: int
    entry: Entry
    settled: int
    sealed_at: datetime
    chain_hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain of a service ends: the last sequence, 0 for none, and its hash."""

    sequence: int
    chain_hash: bytes


def genesis(service: str) -> Head:
    """The head of an empty chain: no two services share one."""
    return Head(0, hashlib.sha256(_GENESIS + service.encode()).digest())


def entry_of(row: LoggedRow) -> Entry:
    """What the chain holds of this row."""
    values = (
        row.position,
        row.id,
        row.aggregate_id,
        row.version,
        row.type,
        row.data,
        row.actor,
        row.organisation,
        row.correlation_id,
        row.causation_id,
        row.traceparent,
        row.occurred_at,
        row.recorded_at,
    )
    digest = hashlib.sha256(_ROW + encode(values)).digest()
    return Entry(row.position, row.id, row.aggregate_id, row.version, digest)


def link_hash(before: bytes, sequence: int, entry: Entry, settled: int, sealed_at: datetime) -> bytes:
    """The hash of a link: SHA-256 of the hash before and of everything the seal says."""
    values = (
        before,
        sequence,
        entry.position,
        entry.event_id,
        entry.aggregate_id,
        entry.version,
        entry.row_hash,
        settled,
        sealed_at,
    )
    return hashlib.sha256(_LINK + encode(values)).digest()


def seal_all(head: Head, entries: Iterable[Entry], *, settled: int, at: datetime) -> Iterator[Seal]:
    """The seals of these entries, in this order, after `head`."""
    for entry in entries:
        sequence = head.sequence + 1
        head = Head(sequence, link_hash(head.chain_hash, sequence, entry, settled, at))
        yield Seal(sequence, entry, settled, at, head.chain_hash)


def encode(values: Iterable[Value]) -> bytes:
    """An unambiguous text of bytes: per value, 0 for null, or 1, the length (8 bytes) and the bytes, all big-endian.

    Integers and instants (microseconds since 1970, UTC) are 8 bytes, identifiers 16, texts UTF-8.
    """
    parts: list[bytes] = []
    for value in values:
        if value is None:
            parts.append(b"\0")
        else:
            content = _content(value)
            parts.append(b"\1" + len(content).to_bytes(8, "big"))
            parts.append(content)
    return b"".join(parts)


def _content(value: int | str | bytes | UUID | datetime) -> bytes:
    if isinstance(value, str):
        # PostgreSQL holds no lone surrogate; a forged file may, and must then hash to something else, not fail.
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, datetime):
        return ((value - _EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True)
    if isinstance(value, int):
        return value.to_bytes(8, "big", signed=True)
    return value
