"""What waits in the parking lot of a service, seen and hurried by the platform team."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.kit.claims import mark_dead
from shared.kit.database import Connection
from shared.kit.dead_letters import DeadLetters
from shared.kit.inbox import claim
from shared.kit.record import Record, read

DISCARDED = "discarded"

_LIST = """
SELECT *, NOT EXISTS (
    SELECT FROM parked AS earlier
    WHERE earlier.consumer_group = p.consumer_group AND earlier.topic = p.topic AND earlier.key = p.key
      AND earlier.id < p.id) AS head
FROM parked AS p
WHERE ($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR consumer_group = $2)
  AND ($3::text IS NULL OR topic = $3) AND ($4::text IS NULL OR position(lower($4) IN lower(reason)) > 0)
  AND ($5::bytea IS NULL OR key = $5) AND ($6::timestamptz IS NULL OR parked_at >= $6)
  AND ($7::timestamptz IS NULL OR parked_at < $7)
ORDER BY id LIMIT $8
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parked messages are meant: all of what is given must hold; `until` is excluded."""

    ids: tuple[int, ...] | None = None
    group: str | None = None
    topic: str | None = None
    reason: str | None = None
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A parked message; `head` is what its key waits for, the others wait their turn."""

    id: int
    group: str
    record: Record
    identity: tuple[str, str]
    reason: str
    attempts: int
    next_attempt_at: datetime
    parked_at: datetime
    head: bool


async def waiting(connection: Connection, wanted: Wanted) -> list[Waiting]:
    """The parked messages that are meant, in the order of their queues."""
    key = None if wanted.key is None else wanted.key.encode()
    rows = await connection.fetch(
        _LIST,
        None if wanted.ids is None else list(wanted.ids),
        wanted.group,
        wanted.topic,
        wanted.reason,
        key,
        wanted.since,
        wanted.until,
        wanted.limit,
    )
    return [
        Waiting(
            row["id"],
            row["consumer_group"],
            read(
                topic=row["topic"],
                partition=row["partition"],
                offset=row["record_offset"],
                timestamp=row["recorded_at"],
                key=row["key"],
                value=row["value"],
                headers=tuple(zip(row["header_names"], row["header_values"], strict=True)),
            ),
            (row["source"], row["message_id"]),
            row["reason"],
            row["attempts"],
            row["next_attempt_at"],
            row["parked_at"],
            row["head"],
        )
        for row in rows
    ]


async def retry_now(connection: Connection, messages: Sequence[Waiting]) -> list[int]:
    """Make these due at once, in the caller's transaction; returns those that were still there."""
    rows = await connection.fetch(
        "UPDATE parked SET next_attempt_at = clock_timestamp() WHERE id = ANY($1) RETURNING id",
        [message.id for message in messages],
    )
    return [row["id"] for row in rows]


async def give_up(connection: Connection, message: Waiting, dead_letters: DeadLetters, *, because: str) -> bool:
    """Send a parked message to the dead-letter topic, in the caller's transaction; False if it is gone or being tried.

    Raises DeadLettersUnavailable, and nothing may be committed then.
    """
    still_there = await connection.fetchval("SELECT true FROM parked WHERE id = $1 FOR UPDATE SKIP LOCKED", message.id)
    if not still_there:
        return False
    await dead_letters.send(message.record, reason=DISCARDED, detail=because, attempts=message.attempts)
    if await claim(connection, message.group, [message.identity]):
        await mark_dead(connection, message.group, message.identity)
    await connection.execute("DELETE FROM parked WHERE id = $1", message.id)
    return True
