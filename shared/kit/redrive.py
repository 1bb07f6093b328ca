"""Giving dead letters back to the group they died in, through its parking lot: nobody else hears them again."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from shared.kit.claims import claim_of, release_claim
from shared.kit.database import Connection
from shared.kit.graveyard import DeadLetter, with_cycle
from shared.kit.operations import cycles_of, serialise_operations, settle, settled

# Records in front of a key get numbers before all others, far enough apart that what belongs between still fits.
_SPACING = 1 << 20
_STEP = 1 << 10

_INSERT = """
INSERT INTO parked (id, consumer_group, topic, partition, record_offset, recorded_at, key, value,
                    header_names, header_values, source, message_id, reason, attempts, next_attempt_at)
OVERRIDING SYSTEM VALUE
VALUES (coalesce($1, nextval(pg_get_serial_sequence('parked', 'id'))), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
        'redriven', 0, clock_timestamp())
ON CONFLICT (consumer_group, source, message_id) DO NOTHING
"""

# Where a record belongs among what its key has: behind what came before it on its partition, before what came later.
_NEIGHBOURS = """
SELECT max(id) FILTER (WHERE (partition, record_offset) < ($4, $5)) AS before,
       min(id) FILTER (WHERE (partition, record_offset) > ($4, $5)) AS after
FROM parked WHERE consumer_group = $1 AND topic = $2 AND key = $3
"""

_FREE = """
SELECT number FROM generate_series($1::bigint, $2::bigint) AS number
WHERE NOT EXISTS (SELECT FROM parked WHERE id = number) LIMIT 1
"""


class Outcome(StrEnum):
    """What became of a dead letter one wanted to redrive or discard; all but the first two are refusals."""

    REDRIVEN = "redriven"
    DISCARDED = "discarded"
    ALREADY_REDRIVEN = "already-redriven"
    ALREADY_DISCARDED = "already-discarded"
    ALREADY_PARKED = "already-parked"
    ALREADY_HANDLED = "already-handled"
    TOO_MANY_CYCLES = "too-many-cycles"
    UNREADABLE = "unreadable"
    NOT_OURS = "not-ours"

    @property
    def refused(self) -> bool:
        """Whether nothing was done."""
        return self not in (Outcome.REDRIVEN, Outcome.DISCARDED)


def by_key(letters: Iterable[DeadLetter]) -> list[list[DeadLetter]]:
    """The letters of each key of each topic together, in the order in which they first came."""

    def queue(letter: DeadLetter) -> tuple[str, str, bytes]:
        return letter.group, letter.record.topic, letter.record.key

    def order(letter: DeadLetter) -> tuple[tuple[str, str, bytes], int, int, int]:
        return queue(letter), letter.record.partition, letter.record.offset, letter.offset

    return [list(group) for _, group in groupby(sorted(letters, key=order), key=queue)]


async def redrive_key(
    connection: Connection, letters: Sequence[DeadLetter], *, operation: UUID, max_cycles: int, again: bool = False
) -> list[Outcome]:
    """Give the letters of one key back, in order, in the caller's transaction; the outcome of each.

    The connection is the owner's, on the schema of the group's service. `again` also takes what was settled before,
    and what was handled since it died: the handler then runs a second time.
    """
    await serialise_operations(connection)
    return [
        await _redrive(connection, letter, operation=operation, max_cycles=max_cycles, again=again)
        for letter in letters
    ]


async def discard_letter(connection: Connection, letter: DeadLetter, *, operation: UUID) -> Outcome:
    """Remember, in the caller's transaction, that nothing will be done about a dead letter."""
    await serialise_operations(connection)
    if await settled(connection, letter) == "discarded":
        return Outcome.ALREADY_DISCARDED
    await settle(connection, letter, "discarded", cycle=letter.cycle, operation=operation)
    return Outcome.DISCARDED


async def _redrive(
    connection: Connection, letter: DeadLetter, *, operation: UUID, max_cycles: int, again: bool
) -> Outcome:
    identity = letter.identity
    if not letter.ours:
        return Outcome.NOT_OURS
    if identity is None:
        return Outcome.UNREADABLE
    if not again and (decision := await settled(connection, letter)):
        return Outcome.ALREADY_REDRIVEN if decision == "redriven" else Outcome.ALREADY_DISCARDED
    cycle = await cycles_of(connection, letter) + 1
    if cycle > max_cycles:
        return Outcome.TOO_MANY_CYCLES
    if not again and await claim_of(connection, letter.group, identity) == "handled":
        return Outcome.ALREADY_HANDLED
    if not await _park_in_its_place(connection, letter, identity, cycle):
        return Outcome.ALREADY_PARKED
    await release_claim(connection, letter.group, identity)
    await settle(connection, letter, "redriven", cycle=cycle, operation=operation)
    return Outcome.REDRIVEN


async def _park_in_its_place(connection: Connection, letter: DeadLetter, identity: tuple[str, str], cycle: int) -> bool:
    record, headers = letter.record, with_cycle(letter.record.headers, cycle)
    done: str = await connection.execute(
        _INSERT,
        await _number(connection, letter),
        letter.group,
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        [name for name, _ in headers],
        [value for _, value in headers],
        *identity,
    )
    return done == "INSERT 0 1"


async def _number(connection: Connection, letter: DeadLetter) -> int | None:
    """The number that puts the record in its place; None for the end of the queue.

    Only numbers below zero are chosen: those above come from the sequence, and a transaction under way may have one.
    """
    record = letter.record
    row = await connection.fetchrow(
        _NEIGHBOURS, letter.group, record.topic, record.key, record.partition, record.offset
    )
    before, after = (row["before"], row["after"]) if row else (None, None)
    if after is None or (before is not None and before >= 0):
        return None
    if before is None:
        first: int = await connection.fetchval("SELECT least(min(id), 0) FROM parked")
        return first - _SPACING
    end = min(after, 0)
    start = before + max(1, min(_STEP, (end - before) // 2))
    free: int | None = await connection.fetchval(_FREE, start, min(end - 1, start + _STEP))
    return free
