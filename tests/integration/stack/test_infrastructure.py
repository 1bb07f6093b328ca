"""The ground the other tests stand on."""

from collections.abc import Callable

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.infrastructure.databases import Databases, OwnDatabase
from tests.infrastructure.running import Infrastructure

SERVICES = ("notifications",)


async def test_a_record_sent_is_a_record_read(infrastructure: Infrastructure, topic: str) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=infrastructure.kafka, acks="all", enable_idempotence=True
    ) as producer:
        await producer.send_and_wait(topic, b"value", key=b"key")
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=infrastructure.kafka, group_id=f"{topic}.readers", auto_offset_reset="earliest"
    )
    async with consumer:
        record = await consumer.getone()

    assert (record.key, record.value) == (b"key", b"value")


async def test_a_database_holds_the_schemas_its_module_names(database: OwnDatabase) -> None:
    connection = await database.connect()
    try:
        schemas = await connection.fetch(
            "SELECT schemaname FROM pg_tables WHERE tablename = 'event_log' ORDER BY schemaname"
        )
    finally:
        await connection.close()

    assert [row["schemaname"] for row in schemas] == ["notifications"]


async def test_a_service_comes_in_with_its_own_role_and_may_not_rewrite_history(database: OwnDatabase) -> None:
    connection = await database.connect("notifications")
    try:
        role = await connection.fetchval("SELECT current_user")
        assert await connection.fetchval("SELECT count(*) FROM event_log") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM event_log")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE mine (id int)")
    finally:
        await connection.close()

    assert role == "qmi_notifications"


async def test_two_databases_do_not_see_each_other(databases: Databases, database: OwnDatabase) -> None:
    other = await databases.create(*SERVICES)
    mine, theirs = await database.connect(), await other.connect()
    try:
        await mine.execute("CREATE TABLE public.witness (id int)")

        assert await theirs.fetchval("SELECT to_regclass('public.witness')") is None
    finally:
        await mine.close()
        await theirs.close()
        await databases.drop(other)


@pytest.mark.real_kafka
def test_a_topic_has_the_partitions_asked_for(infrastructure: Infrastructure, make_topic: Callable[..., str]) -> None:
    from tests.infrastructure import broker

    name = make_topic("wide", partitions=7)

    assert len(broker.admin(infrastructure.kafka).list_topics(name, timeout=10).topics[name].partitions) == 7
