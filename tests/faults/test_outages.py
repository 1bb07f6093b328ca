"""The broker goes while a worker is at work, or is not quite there: the worker goes on, or goes, and loses nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer

from shared.events.candidature import CandidatureSubmitted
from shared.events.topics import CANDIDATURE_EVENTS, dead_letter_topic
from shared.kit.database import Database
from shared.kit.dead_letters import DeadLetters
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.relay import Relay
from tests.builders.messages import AT, a_record, a_work, say
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import OwnDatabase
from tests.integration.messaging.test_consumer import effects, send
from tests.integration.messaging.test_relay import heard, relaying
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


@pytest.fixture
async def sender(database: OwnDatabase) -> AsyncIterator[Database]:
    """Where the events are."""
    opened = Database(database.dsn("candidature"), "candidature")
    await opened.start()
    yield opened
    await opened.stop()


async def test_a_topic_that_is_missing_stops_what_goes_there_and_nothing_is_sent_over_and_over(
    sender: Database, own_kafka: KafkaContainer
) -> None:
    broker.create_topic(own_kafka.address, CANDIDATURE_EVENTS, 1)
    kafka = KafkaAccess(own_kafka.address)
    before, public, after = {new_id() for _ in range(3)}, [new_id() for _ in range(3)], {new_id() for _ in range(3)}
    for subject in before:
        await say(sender, subject)
    for subject in public:
        async with a_work(sender) as work:
            await work.publish(
                subject,
                CandidatureSubmitted(
                    candidature_id=subject, call_id=UUID(int=1), edition=2, commune="93001", submitted_at=AT
                ),
            )
    for subject in after:
        await say(sender, subject)

    def impatient() -> AIOKafkaProducer:
        return AIOKafkaProducer(**kafka.client_options(), enable_idempotence=True, request_timeout_ms=1500)

    async with relaying(Relay(sender, impatient, "candidature")):
        await asyncio.sleep(10)
        left = await sender.pool.fetchval("SELECT array_agg(key ORDER BY id) FROM outbox")
        found = [subject for subject, _, _ in await heard(kafka, CANDIDATURE_EVENTS, before | after, 6)]

    assert left == public
    assert sorted(found) == sorted(before | after)


async def test_dead_letters_are_let_go_of_though_the_broker_has_gone(own_kafka: KafkaContainer) -> None:
    broker.create_topic(own_kafka.address, dead_letter_topic(CANDIDATURE_EVENTS, "selection"), 1)
    dead_letters = DeadLetters(lambda: producer(KafkaAccess(own_kafka.address), "test"), "selection")
    await dead_letters.send(a_record(new_id()), reason="a", detail="test", attempts=1)
    await asyncio.to_thread(own_kafka.kill)
    sending = asyncio.create_task(dead_letters.send(a_record(new_id()), reason="a", detail="test", attempts=1))
    await asyncio.wait([sending], timeout=1.0)
    sending.cancel()
    stopping = asyncio.create_task(dead_letters.stop())
    await asyncio.wait([stopping], timeout=8.0)
    let_go = stopping.done()
    await asyncio.to_thread(own_kafka.revive)
    await asyncio.gather(sending, stopping, return_exceptions=True)

    assert let_go


async def test_a_worker_told_to_go_goes_though_its_broker_has_gone(
    database: OwnDatabase, receiver: Database, own_kafka: KafkaContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kit.kafka.DRAIN_SECONDS", 2.0)
    kafka, subject = KafkaAccess(own_kafka.address), new_id()
    topic = f"test.outage.{new_id()}"
    broker.create_topic(own_kafka.address, topic, 1)
    await send(lambda: producer(kafka, "test"), topic, subject, range(1, 4))
    async with working(database, kafka, topic, pause=0.5) as worker:
        await worker.begun.wait()
        await asyncio.to_thread(own_kafka.kill)
        found = await effects(receiver, 3)
        told_to_go = time.monotonic()
    took = time.monotonic() - told_to_go
    await asyncio.to_thread(own_kafka.revive)
    async with working(database, kafka, topic) as worker:
        await worker.ready()
        await asyncio.sleep(1.0)

    assert found == await effects(receiver, 3) == [(subject, 1), (subject, 2), (subject, 3)]
    assert took < 15
