"""The broker goes while a worker is at work, or is not quite there: the worker goes on, or goes, and loses nothing."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess, producer
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import OwnDatabase
from tests.integration.messaging.test_consumer import effects, send
from tests.integration.messaging.test_worker import working

SERVICES = ("candidature", "selection")

pytestmark = [pytest.mark.real_kafka, pytest.mark.timeout(180)]


@pytest.fixture
async def receiver(database: OwnDatabase) -> AsyncIterator[Database]:
    """Where the effects are."""
    admin = await database.connect()
    await admin.execute(
        "CREATE TABLE selection.effects (position bigint GENERATED ALWAYS AS IDENTITY, subject uuid, version integer)"
    )
    await admin.execute("GRANT ALL ON selection.effects TO qmi_selection")
    await admin.close()
    opened = Database(database.dsn("selection"), "selection")
    await opened.start()
    yield opened
    await opened.stop()


async def test_a_worker_told_to_go_goes_though_its_broker_has_gone(
    database: OwnDatabase, receiver: Database, own_kafka: KafkaContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kit.kafka.DRAIN_SECONDS", 2.0)
    kafka, subject = KafkaAccess(own_kafka.address), new_id()
    broker.create_topic(own_kafka.address, CANDIDATURE_EVENTS, 1)
    await send(lambda: producer(kafka, "test"), CANDIDATURE_EVENTS, subject, range(1, 4))
    async with working(database, kafka, CANDIDATURE_EVENTS, pause=0.5) as worker:
        await worker.begun.wait()
        await asyncio.to_thread(own_kafka.kill)
        found = await effects(receiver, 3)
        told_to_go = time.monotonic()
    took = time.monotonic() - told_to_go
    await asyncio.to_thread(own_kafka.revive)
    async with working(database, kafka, CANDIDATURE_EVENTS) as worker:
        await worker.ready()
        await asyncio.sleep(1.0)

    assert found == await effects(receiver, 3) == [(subject, 1), (subject, 2), (subject, 3)]
    assert took < 15
