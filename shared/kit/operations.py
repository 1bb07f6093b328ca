"""What the platform team does by hand, and what became of each dead letter: written by the owner of the database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.kit.database import Connection
from shared.kit.graveyard import DeadLetter

Decision = Literal["redriven", "discarded"]
Grave = tuple[str, int, int, datetime]


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided of a dead letter, the last time."""

    decision: Decision
    operation: UUID
    at: datetime


async def record_operation(
    connection: Connection, operation: UUID, operator: str, command: str, group: str, details: Mapping[str, object]
) -> None:
    """Write down who does what to which group, in the caller's transaction; once, however many it takes."""
    await connection.execute(
        "INSERT INTO operations (id, operator, command, consumer_group, details) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (id) DO NOTHING",
        operation,
        operator,
        command,
        group,
        dict(details),
    )


async def serialise_operations(connection: Connection) -> None:
    """Let one operation change the queues of this service at a time, until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('qmi:operations:' || current_schema()))")


def grave(letter: DeadLetter) -> Grave:
    """What a dead letter is remembered by."""
    return (*letter.place, letter.died_at)


async def settled_in(connection: Connection, topics: Collection[str]) -> dict[Grave, Settled]:
    """What was decided of the dead letters of these topics."""
    rows = await connection.fetch("SELECT * FROM settled_dead_letters WHERE topic = ANY($1)", list(topics))
    return {
        (row["topic"], row["partition"], row["record_offset"], row["died_at"]): Settled(
            row["decision"], row["operation"], row["settled_at"]
        )
        for row in rows
    }


async def settled(connection: Connection, letter: DeadLetter) -> Decision | None:
    """What was decided of one."""
    decision: Decision | None = await connection.fetchval(
        "SELECT decision FROM settled_dead_letters"
        " WHERE topic = $1 AND partition = $2 AND record_offset = $3 AND died_at = $4",
        *grave(letter),
    )
    return decision


async def cycles_of(connection: Connection, letter: DeadLetter) -> int:
    """How often this message was redriven before: as its header says, or as remembered, whichever is more."""
    remembered: int = await connection.fetchval(
        "SELECT coalesce(max(cycle), 0) FROM settled_dead_letters"
        " WHERE consumer_group = $1 AND source = $2 AND message_id = $3 AND decision = 'redriven'",
        letter.group,
        *(letter.identity or ("", "")),
    )
    return max(letter.cycle, remembered)


async def settle(
    connection: Connection, letter: DeadLetter, decision: Decision, *, cycle: int, operation: UUID
) -> None:
    """Remember what was decided, in the caller's transaction; a later decision replaces it."""
    await connection.execute(
        "INSERT INTO settled_dead_letters (topic, partition, record_offset, died_at, consumer_group, source,"
        " message_id, decision, cycle, operation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (topic, partition, record_offset, died_at) DO UPDATE SET decision = excluded.decision,"
        " cycle = excluded.cycle, operation = excluded.operation, settled_at = clock_timestamp()",
        *grave(letter),
        letter.group,
        *(letter.identity or ("", "")),
        decision,
        cycle,
        operation,
    )
