"""The worker as the process runs it: from Kafka to the mailbox, and back to Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.notifications.main import create_worker
from shared.events.base import Event, ce_type
from shared.events.contacts import ContactChanged, ContactErased
from shared.events.envelope import WireRecord
from shared.events.notifications import NotificationSent
from shared.events.selection import CommuneSelected
from shared.events.topics import (
    CANDIDATURE_EVENTS,
    CONTACTS,
    EXPERIMENTS_EVENTS,
    NOTIFICATIONS_EVENTS,
    SELECTION_EVENTS,
    dead_letter_topic,
    topic_of,
)
from shared.events.types import ContactFunction, Locale
from shared.kit.kafka import KafkaAccess, producer
from tests.builders.notifications import COMMUNE, a_contact, an_envelope, an_event
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import OwnDatabase
from tests.infrastructure.embedded import EmbeddedKafka
from tests.integration.notifications.sink import Sink

SERVICES = ("notifications",)
TOPICS = (CANDIDATURE_EVENTS, SELECTION_EVENTS, EXPERIMENTS_EVENTS, CONTACTS, NOTIFICATIONS_EVENTS)


@pytest.fixture
def kafka(own_kafka: KafkaContainer | EmbeddedKafka) -> str:
    """The address of a broker with the topics of the programme."""
    address = own_kafka.address
    for topic in (*TOPICS, *(dead_letter_topic(topic, "notifications") for topic in TOPICS)):
        if broker.is_real(address):
            broker.create_topic(address, topic, 2)
        else:
            broker.touch_topic(address, topic)
    return address


@pytest.fixture
async def worker(database: OwnDatabase, kafka: str, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The worker, started from its environment."""
    for name, value in {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": database.dsn("notifications"),
        "QMI_KAFKA": kafka,
        "QMI_ISSUER": "http://127.0.0.1:1/dev-issuer",
        "QMI_SMTP": f"127.0.0.1:{sink.port}",
    }.items():
        monkeypatch.setenv(name, value)
    app = create_worker()
    async with app.router.lifespan_context(app):
        yield


@pytest.fixture
async def sender(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    """The other services."""
    made = producer(KafkaAccess(kafka), "test")
    await made.start()
    yield made
    await made.stop()


async def say(sender: AIOKafkaProducer, event: Event) -> None:
    """Send an event as its service would."""
    wire: WireRecord = an_envelope(event).to_kafka()
    await sender.send_and_wait(topic_of(type(event)), wire.value, wire.key, headers=list(wire.headers))


def state_of(**changes: object) -> ContactChanged:
    """The state of the referent agent of Sceaux."""
    contact = a_contact()
    state = {"contact_id": contact.id, "organisation": COMMUNE, "function": ContactFunction.REFERENT_AGENT}
    return ContactChanged.model_validate(
        {**state, "name": contact.name, "email": contact.email, "locale": Locale.FRENCH, **changes}
    )


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


async def first_record(kafka: str, topic: str) -> dict[str, bytes]:
    """The headers of the first record of a topic."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 60)
    finally:
        await consumer.stop()
    return dict(record.headers)


@pytest.mark.usefixtures("worker")
async def test_a_fact_reaches_the_mailbox_of_its_contact_once_in_whatever_order_they_come(
    sender: AIOKafkaProducer, sink: Sink, kafka: str, database: OwnDatabase
) -> None:
    selected, contact = an_event(CommuneSelected, commune=COMMUNE), state_of()

    await say(sender, selected)
    await say(sender, contact)
    await until(lambda: len(sink.taken) == 1)
    headers = await first_record(kafka, NOTIFICATIONS_EVENTS)

    assert str(sink.taken[0]["Subject"]) == "Votre commune est lauréate"
    assert headers["ce_type"].decode() == ce_type(NotificationSent)
    await say(sender, ContactErased(contact_id=contact.contact_id))
    connection = await database.connect("notifications")
    try:
        async with asyncio.timeout(60):
            while await connection.fetchval("SELECT count(*) FROM contacts"):
                await asyncio.sleep(0.02)
        [row] = await connection.fetch("SELECT status, text, address FROM notifications, deliveries")
    finally:
        await connection.close()
    assert tuple(row) == ("sent", None, None)
    assert len(sink.taken) == 1


@pytest.mark.usefixtures("worker")
async def test_a_contact_that_would_break_a_header_is_set_apart_and_the_others_go_on(
    sender: AIOKafkaProducer, sink: Sink, kafka: str
) -> None:
    await say(sender, state_of(name="Camille\u2028Bcc: tous@example.org"))
    await say(sender, state_of())
    await say(sender, an_event(CommuneSelected, commune=COMMUNE))
    await until(lambda: len(sink.taken) == 1)

    headers = await first_record(kafka, dead_letter_topic(CONTACTS, "notifications"))

    assert b"unsafe-header" in headers.values()
    assert str(sink.taken[0]["To"]) == "Camille Exemple <agent@sceaux.example.org>"
