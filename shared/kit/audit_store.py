"""The audit chain in PostgreSQL: reading rows with their seals, reading the head, adding seals."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from shared.kit.audit_chain import Entry, Head, LoggedRow, Seal, genesis
from shared.kit.database import Connection

_ROW = (
    "e.position, e.id, e.aggregate_id, e.version, e.type, e.data, e.actor, e.organisation, e.correlation_id,"
    " e.causation_id, e.traceparent, e.occurred_at, e.recorded_at"
)
_SEAL = (
    "s.sequence, s.position AS sealed_position, s.event_id, s.aggregate_id AS sealed_aggregate,"
    " s.version AS sealed_version, s.row_hash, s.settled, s.sealed_at, s.chain_hash"
)
_SEALED = f"""
SELECT {_SEAL}, {_ROW} FROM (SELECT * FROM audit_seals WHERE sequence > $1 ORDER BY sequence LIMIT $2) AS s
LEFT JOIN event_log AS e ON e.position = s.position ORDER BY s.sequence
"""  # noqa: S608
_COLUMNS = (
    "sequence",
    "position",
    "event_id",
    "aggregate_id",
    "version",
    "row_hash",
    "settled",
    "sealed_at",
    "chain_hash",
)
_PAGE = 1000


class Sealed(NamedTuple):
    """A seal and the row now at its position, None when there is none."""

    seal: Seal
    row: LoggedRow | None


class Tail(NamedTuple):
    """Where sealing goes on from: the head, what is settled, and what is sealed above that."""

    head: Head
    settled: int
    above: set[int]
    sealed_at: datetime | None
    last: Entry | None


async def read_tail(connection: Connection, service: str) -> Tail:
    """The end of the chain as it is stored."""
    row = await connection.fetchrow(
        f"SELECT {_SEAL} FROM audit_seals AS s ORDER BY sequence DESC LIMIT 1"  # noqa: S608
    )
    if row is None:
        return Tail(genesis(service), 0, set(), None, None)
    seal = _seal(row)
    above = await connection.fetch("SELECT position FROM audit_seals WHERE position > $1", seal.settled)
    positions = {found["position"] for found in above}
    return Tail(Head(seal.sequence, seal.chain_hash), seal.settled, positions, seal.sealed_at, seal.entry)


async def hash_at(connection: Connection, sequence: int) -> bytes | None:
    """The chain hash of a seal, None when there is no such seal."""
    found: bytes | None = await connection.fetchval("SELECT chain_hash FROM audit_seals WHERE sequence = $1", sequence)
    return found


async def rows_at(connection: Connection, positions: Sequence[int]) -> list[LoggedRow]:
    """The rows of these positions, in order of position."""
    rows = await connection.fetch(
        f"SELECT {_ROW} FROM event_log AS e WHERE e.position = ANY($1::bigint[]) ORDER BY e.position",  # noqa: S608
        positions,
    )
    return [_row(row) for row in rows]


async def add(connection: Connection, seals: Sequence[Seal]) -> None:
    """Add seals at the end; asyncpg.UniqueViolationError when somebody else was first."""
    records = [
        (
            seal.sequence,
            seal.entry.position,
            seal.entry.event_id,
            seal.entry.aggregate_id,
            seal.entry.version,
            seal.entry.row_hash,
            seal.settled,
            seal.sealed_at,
            seal.chain_hash,
        )
        for seal in seals
    ]
    await connection.copy_records_to_table("audit_seals", records=records, columns=_COLUMNS)


async def sealed_after(connection: Connection, sequence: int, limit: int = _PAGE) -> list[Sealed]:
    """The seals after `sequence`, in order, each with the row now at its position."""
    rows = await connection.fetch(_SEALED, sequence, limit)
    return [Sealed(_seal(row), None if row["position"] is None else _row(row)) for row in rows]


async def unsealed(connection: Connection) -> AsyncIterator[LoggedRow]:
    """Every row without a seal; inside a transaction."""
    query = (
        f"SELECT {_ROW} FROM event_log AS e"  # noqa: S608
        " WHERE NOT EXISTS (SELECT FROM audit_seals AS s WHERE s.position = e.position) ORDER BY e.position"
    )
    async for row in connection.cursor(query, prefetch=_PAGE):
        yield _row(row)


async def checkpoints(connection: Connection) -> list[str]:
    """Every signed checkpoint, in order."""
    return [row["jws"] for row in await connection.fetch("SELECT jws FROM audit_checkpoints ORDER BY sequence")]


def _row(row: asyncpg.Record) -> LoggedRow:
    return LoggedRow(
        row["position"],
        row["id"],
        row["aggregate_id"],
        row["version"],
        row["type"],
        row["data"],
        row["actor"],
        row["organisation"],
        row["correlation_id"],
        row["causation_id"],
        row["traceparent"],
        row["occurred_at"],
        row["recorded_at"],
    )


def _seal(row: asyncpg.Record) -> Seal:
    entry = Entry(
        row["sealed_position"], row["event_id"], row["sealed_aggregate"], row["sealed_version"], row["row_hash"]
    )
    return Seal(row["sequence"], entry, row["settled"], row["sealed_at"], row["chain_hash"])
