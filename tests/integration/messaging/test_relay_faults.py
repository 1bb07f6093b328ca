"""Sending when something is wrong with a row, with a topic or with a connection: the rest goes on, once."""

import asyncio
import secrets
from collections.abc import Callable
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer

from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess
from shared.kit.outbox import shard_of
from shared.kit.pipeline import BY_INDEX, PAGE
from shared.kit.relay import Relay
from tests.builders.messages import say
from tests.infrastructure.databases import OwnDatabase
from tests.integration.messaging.test_relay import drained, heard, relaying

SERVICES = ("candidature", "selection")


async def test_a_row_nobody_can_make_a_record_of_stops_its_key_and_no_other(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    odd, other = new_id(), new_id()
    await sender.pool.execute(
        "INSERT INTO outbox (shard, key, state) VALUES ($1, $2, $3)",
        shard_of(odd),
        odd,
        b'{"type": "of-another-release.v1", "data": null}',
    )
    await say(sender, odd)
    await say(sender, other, 3)
    async with relaying(Relay(sender, make_producer, "candidature")):
        found = await heard(kafka, CANDIDATURE_EVENTS, {odd, other}, 3)
        await asyncio.sleep(0.5)

    assert [subject for subject, _, _ in found] == [other] * 3
    assert await sender.pool.fetchval("SELECT array_agg(key) FROM outbox") == [odd, odd]


@pytest.mark.real_kafka
@pytest.mark.parametrize("before", [0, 1])
async def test_a_record_that_only_the_broker_finds_too_large_stops_its_key_and_no_other(
    sender: Database,
    kafka: KafkaAccess,
    make_producer: Callable[[], AIOKafkaProducer],
    make_topic: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    before: int,
) -> None:
    topic = make_topic("small", partitions=1, config={"max.message.bytes": "20000"})
    monkeypatch.setattr("shared.kit.stored.events_topic", lambda service: topic)
    heavy, light = new_id(), [new_id() for _ in range(10)]
    await say(sender, heavy, before)
    await sender.pool.execute(
        "WITH logged AS (INSERT INTO event_log (id, aggregate_id, version, type, data, actor, correlation_id,"
        " occurred_at) VALUES ($1, $2, $5, 'candidature-started.v1', to_json($3::text), 'test', $1, now())"
        " RETURNING position) INSERT INTO outbox (shard, key, position) SELECT $4, $2, position FROM logged",
        *(new_id(), heavy, secrets.token_urlsafe(30_000), shard_of(heavy), before + 1),
    )
    await say(sender, heavy)
    for each in light:
        await say(sender, each, 3)
    async with relaying(Relay(sender, make_producer, "candidature")):
        async with asyncio.timeout(20):
            while await sender.pool.fetchval("SELECT count(*) FROM outbox") > 2:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)

    found = await heard(kafka, topic, {heavy, *light}, 30 + before)
    assert [int(headers["ce_sequence"]) for subject, _, headers in found if subject == heavy] == [1] * before
    for each in light:
        assert [int(headers["ce_sequence"]) for subject, _, headers in found if subject == each] == [1, 2, 3]
    assert await sender.pool.fetchval("SELECT array_agg(DISTINCT key) FROM outbox") == [heavy]


async def test_shards_that_change_hands_under_load_keep_the_order_of_every_key(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    keys = [new_id() for _ in range(20)]

    def a_relay() -> Relay:
        return Relay(sender, make_producer, "candidature", page=7)

    async def speak(subject: UUID) -> None:
        for _ in range(40):
            await say(sender, subject)
            await asyncio.sleep(0.15)

    speaking = asyncio.gather(*(speak(subject) for subject in keys))
    async with relaying(a_relay()):
        await asyncio.sleep(1.0)
        async with relaying(a_relay(), a_relay()):
            await asyncio.sleep(4.5)
    async with relaying(a_relay()):
        await speaking
        await drained(sender, within=30)
    found = await heard(kafka, CANDIDATURE_EVENTS, set(keys), 800, sent_again=False)

    for subject in keys:
        versions = [int(headers["ce_sequence"]) for key, _, headers in found if key == subject]
        assert list(dict.fromkeys(versions)) == list(range(1, 41))


async def test_a_relay_that_lost_its_connection_takes_all_its_shards_back_at_once(
    database: OwnDatabase, sender: Database, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    async with relaying(Relay(sender, make_producer, "candidature")):
        await say(sender, new_id())
        await drained(sender)
        admin = await database.connect()
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
        )
        await admin.close()
        for _ in range(40):
            await say(sender, new_id())
        await drained(sender, within=5.0)


async def test_a_relay_told_to_stop_stops_though_it_is_woken_at_that_moment(
    sender: Database, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    relay = Relay(sender, make_producer, "candidature", poll=60.0)
    for steps in range(8):
        resting = asyncio.create_task(relay._rest())
        await asyncio.sleep(0.01)
        relay._wake.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        told = resting.cancel()
        [outcome] = await asyncio.gather(resting, return_exceptions=True)
        relay._wake.clear()

        assert isinstance(outcome, asyncio.CancelledError) is told, f"after {steps} steps"


async def test_a_page_is_read_by_index_whatever_postgresql_believes_of_the_length_of_the_outbox(
    database: OwnDatabase, sender: Database
) -> None:
    fill = (
        "WITH logged AS (INSERT INTO candidature.event_log (id, aggregate_id, version, type, data, actor,"
        " correlation_id, occurred_at) SELECT gen_random_uuid(), gen_random_uuid(), 1, 'candidature-started.v1', '{}',"
        " 'test', gen_random_uuid(), now() FROM generate_series(1, 20000) RETURNING position, aggregate_id)"
        " INSERT INTO candidature.outbox (shard, key, position) SELECT 1, aggregate_id, position FROM logged"
    )
    admin = await database.connect()
    await admin.execute(fill)
    await admin.execute("ANALYZE candidature.outbox, candidature.event_log")
    await admin.execute("DELETE FROM candidature.outbox")
    await admin.execute("ANALYZE candidature.outbox")
    await admin.execute(fill)
    await admin.close()
    connection = await sender.connect()
    await connection.execute(BY_INDEX)
    explained = await connection.fetch(f"EXPLAIN {PAGE}", 1, 900, "{[1,900]}", list(range(64)), [], "{[1,1900]}", 1000)
    await connection.close()
    plan = "\n".join(row[0] for row in explained)

    assert "Index Scan using outbox_pkey on outbox " in plan
    assert "Index Scan using event_log_pkey" in plan
    assert not any(word in plan for word in ("Seq Scan", "Sort", "Hash", "Function Scan"))


async def test_a_session_whose_client_vanished_does_not_keep_its_shards(sender: Database) -> None:
    connection = await sender.connect()
    settings = await connection.fetchrow(
        "SELECT current_setting('tcp_keepalives_idle')::int AS idle, current_setting('tcp_keepalives_interval')::int"
        " AS interval, current_setting('tcp_keepalives_count')::int AS count,"
        " current_setting('tcp_user_timeout')::int AS unanswered, inet_server_addr() IS NOT NULL AS by_tcp"
    )
    await connection.close()

    assert settings is not None
    if settings["by_tcp"]:
        assert 0 < settings["idle"] + settings["interval"] * settings["count"] <= 60
        assert 0 < settings["unanswered"] <= 60_000
