"""Which parked message comes next, and that finding it costs the same however many wait behind the heads."""

from datetime import timedelta

from shared.kit.database import Connection, Database
from shared.kit.identity import new_id
from shared.kit.park import blocked, next_head, park, postpone, release
from tests.builders.messages import a_record

SERVICES = ("candidature", "selection")
GROUP = "selection"
AT_ONCE = timedelta(0)
LATER = timedelta(hours=1)


async def wait_behind(connection: Connection, record_id: str, count: int) -> None:
    """Park so many copies of a parked message behind it."""
    await connection.execute(
        "INSERT INTO parked (consumer_group, topic, partition, record_offset, recorded_at, key, value, header_names,"
        " header_values, source, message_id, reason, attempts, next_attempt_at)"
        " SELECT consumer_group, topic, partition, record_offset + n, recorded_at, key, value, header_names,"
        " header_values, source, message_id || n, reason, 0, now() FROM parked, generate_series(1, $2) AS n"
        " WHERE message_id = $1",
        record_id,
        count,
    )


async def test_the_most_overdue_head_comes_first_and_nobody_before_the_head_of_its_key(receiver: Database) -> None:
    first, second = a_record(new_id()), a_record(new_id())
    async with receiver.transaction() as connection:
        await park(connection, GROUP, first, reason="x", attempts=1, wait=AT_ONCE)
        await wait_behind(connection, first.identity[1], 2)
        await park(connection, GROUP, second, reason="x", attempts=1, wait=AT_ONCE)
        await park(connection, "another", a_record(new_id()), reason="x", attempts=1, wait=AT_ONCE)

    async with receiver.transaction() as connection:
        head = await next_head(connection, GROUP)
        assert head is not None
        assert head.record.key == first.key
        await postpone(connection, head, reason="again", wait=LATER)
        head = await next_head(connection, GROUP)
        assert head is not None
        assert head.record.key == second.key
        await release(connection, head)
        assert await next_head(connection, GROUP) is None
        assert await blocked(connection, GROUP, [first, second]) == {first.queue}


async def test_what_waits_behind_a_head_that_another_holds_is_not_taken(receiver: Database) -> None:
    record = a_record(new_id())
    async with receiver.transaction() as connection:
        await park(connection, GROUP, record, reason="x", attempts=1, wait=AT_ONCE)
        await wait_behind(connection, record.identity[1], 2)

    async with receiver.transaction() as one, receiver.transaction() as other:
        assert await next_head(one, GROUP) is not None
        assert await next_head(other, GROUP) is None


async def test_thousands_behind_a_head_are_not_looked_at(receiver: Database) -> None:
    records = [a_record(new_id()) for _ in range(3)]
    async with receiver.transaction() as connection:
        for record in records:
            await park(connection, GROUP, record, reason="x", attempts=1, wait=LATER)
            await wait_behind(connection, record.identity[1], 1_000)

    async with receiver.transaction() as connection:
        await next_head(connection, GROUP)
        await blocked(connection, GROUP, records)
        looked_at = await connection.fetchval(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'parked'"
            " AND schemaname = 'selection'"
        )

    assert looked_at < 50
