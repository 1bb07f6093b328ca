"""Every row is sealed once, whoever writes and however late a transaction commits; one sealer at a time."""

import asyncio
from typing import Any

import asyncpg
import orjson
import pytest

from deploy.audit.database import verify
from shared.kit.audit_store import read_tail
from shared.kit.database import Connection, Database
from shared.kit.identity import new_id
from shared.kit.sealer import Chain, Sealer
from tests.builders.messages import a_start, a_work, say
from tests.infrastructure.databases import OwnDatabase
from tests.integration.audit.conftest import KEY, KEYS, SERVICE, fill, seal

SERVICES = (SERVICE,)


async def test_two_sealers_and_concurrent_writers_leave_each_row_sealed_once(
    database: OwnDatabase, service: Database
) -> None:
    sealers = [asyncio.create_task(Sealer(service, SERVICE, KEY, poll=0.01).run()) for _ in range(2)]

    await asyncio.gather(*(say(service, new_id(), times=25) for _ in range(8)))
    await _sealed(service, 200)
    for sealer in sealers:
        sealer.cancel()
    await asyncio.gather(*sealers, return_exceptions=True)

    report = await verify(database.admin_dsn, SERVICE, KEYS)
    assert (report.intact, report.sealed, report.pending) == (True, 200, 0)
    assert report.checkpoints >= 1


async def test_a_transaction_that_commits_late_is_sealed_after_what_came_behind_it(
    database: OwnDatabase, service: Database
) -> None:
    late, soon = new_id(), new_id()
    connection = await service.connect()
    chain = Chain(connection, SERVICE, await read_tail(connection, SERVICE))
    async with a_work(service) as work:
        await work.publish(late, a_start(late))
        await say(service, soon, times=2)
        assert [await chain.lengthen() for _ in range(3)] == [2, 0, 0]
        assert chain.settled == 0
    assert [await chain.lengthen() for _ in range(3)] == [1, 0, 0]

    order = await service.pool.fetchval("SELECT array_agg(position ORDER BY sequence) FROM audit_seals")
    assert order == [2, 3, 1]
    assert chain.settled == 3
    await connection.close()
    assert (await verify(database.admin_dsn, SERVICE, KEYS)).intact


async def test_a_rolled_back_position_holds_nothing_up(service: Database) -> None:
    gone = new_id()
    with pytest.raises(ZeroDivisionError):
        async with a_work(service) as work:
            await work.publish(gone, a_start(gone))
            raise ZeroDivisionError
    await say(service, new_id())
    connection = await service.connect()
    chain = Chain(connection, SERVICE, await read_tail(connection, SERVICE))

    assert [await chain.lengthen() for _ in range(2)] == [1, 0]
    assert chain.settled == 2
    await connection.close()


async def test_a_new_sealer_goes_on_where_the_last_one_stopped(database: OwnDatabase, service: Database) -> None:
    await say(service, new_id(), times=3)
    assert await seal(service, batch=2) == 3
    await say(service, new_id(), times=2)
    assert await seal(service, batch=2) == 2
    assert await seal(service) == 0

    report = await verify(database.admin_dsn, SERVICE, KEYS)
    assert (report.intact, report.sealed, report.checkpoints) == (True, 5, 2)


@pytest.mark.parametrize("table", ["event_log", "audit_seals", "audit_checkpoints"])
async def test_the_service_can_neither_change_nor_delete_what_is_sealed(service: Database, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.pool.execute(statement)
    column = {"event_log": "actor = ''", "audit_seals": "settled = 0", "audit_checkpoints": "jws = ''"}[table]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.pool.execute(f"UPDATE {table} SET {column}")


async def test_what_a_round_looks_at_does_not_grow_with_history(service: Database, superuser: Connection) -> None:
    looked_at = []
    for more in (2_000, 18_000):
        await fill(superuser, more, aggregates=more)
        await superuser.execute("ANALYZE event_log")
        await seal(service, sign=False)
        await fill(superuser, 100, aggregates=100)
        looked_at.append(await _buffers_of_a_round(service))

    assert looked_at[1] <= looked_at[0] * 1.5 + 10


async def _buffers_of_a_round(service: Database) -> int:
    """The pages touched by the two statements that find what to seal, planned as the server sees fit."""
    connection = await service.connect()
    try:
        tail = await read_tail(connection, SERVICE)
        visible = "SELECT position FROM event_log WHERE position > $1 ORDER BY position LIMIT $2"
        limit = 500 + len(tail.above)
        pages = await _buffers(connection, visible, tail.settled, limit)
        found = [row["position"] for row in await connection.fetch(visible, tail.settled, limit)]
        fresh = [position for position in found if position not in tail.above]
        rows = "SELECT * FROM event_log WHERE position = ANY($1::bigint[]) ORDER BY position"
        pages += await _buffers(connection, rows, fresh)
        assert len(fresh) == 100
        return pages
    finally:
        await connection.close()


async def _buffers(connection: Connection, query: str, *arguments: Any) -> int:
    said = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", *arguments)
    plan = orjson.loads(said)[0]["Plan"]
    assert "Seq Scan" not in said
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


async def _sealed(service: Database, count: int) -> None:
    async with asyncio.timeout(30):
        while await service.pool.fetchval("SELECT count(*) FROM audit_seals") < count:
            await asyncio.sleep(0.05)
        while not await service.pool.fetchval("SELECT count(*) FROM audit_checkpoints"):
            await asyncio.sleep(0.05)
