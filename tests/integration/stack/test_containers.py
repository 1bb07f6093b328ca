"""Containers that are killed, frozen and revived keep what they had acknowledged."""

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.infrastructure import broker, engine
from tests.infrastructure.containers import KafkaContainer, PostgresContainer

pytestmark = pytest.mark.real_kafka


async def test_a_killed_broker_comes_back_with_every_record(own_kafka: KafkaContainer) -> None:
    broker.create_topic(own_kafka.address, "kept", 3)
    sent = {f"{number}".encode() for number in range(200)}
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.address, acks="all", enable_idempotence=True) as producer:
        for value in sent:
            await producer.send(topic="kept", value=value, key=value)

    own_kafka.kill()
    assert not broker.answers(own_kafka.address, within=0.5)
    own_kafka.revive()

    consumer = AIOKafkaConsumer(
        "kept", bootstrap_servers=own_kafka.address, group_id="kept.readers", auto_offset_reset="earliest"
    )
    async with consumer:
        found = {(await consumer.getone()).value for _ in sent}
    assert found == sent


def test_a_frozen_broker_does_not_answer_until_it_goes_on(own_kafka: KafkaContainer) -> None:
    own_kafka.pause()
    frozen = broker.answers(own_kafka.address, within=0.5)
    own_kafka.unpause()

    assert not frozen
    assert broker.answers(own_kafka.address, within=10)


async def test_a_killed_database_comes_back_with_every_commit() -> None:
    postgres = PostgresContainer(engine.image("QMI_POSTGRES_IMAGE", engine.POSTGRES_IMAGES))
    try:
        postgres.start()
        postgres.wait_until_ready()
        before = await asyncpg.connect(postgres.dsn)
        await before.execute("CREATE TABLE kept (id int); INSERT INTO kept SELECT generate_series(1, 100)")

        postgres.kill()
        postgres.revive()

        after = await asyncpg.connect(postgres.dsn)
        assert await after.fetchval("SELECT count(*) FROM kept") == 100
        await after.close()
        before.terminate()
    finally:
        postgres.stop()


def test_containers_of_a_dead_run_are_removed_and_ours_are_not(own_kafka: KafkaContainer) -> None:
    with engine.client() as docker:
        image = own_kafka.image
        orphan = docker.containers.create(image, labels={engine.OWNER: "4194304:0"})

        engine.remove_leftovers()

        left = docker.containers.list(all=True, filters={"label": engine.OWNER}, ignore_removed=True)
    names = {container.id for container in left}
    assert orphan.id not in names
    assert own_kafka.get_container_id() in names
