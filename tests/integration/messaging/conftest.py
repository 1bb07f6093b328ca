"""A sender and a receiver on real databases, and the topics the kit uses by name."""

from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaProducer

from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS, dead_letter_topic, public_topic
from shared.kit.database import Database
from shared.kit.kafka import KafkaAccess, producer
from tests.infrastructure import broker
from tests.infrastructure.databases import OwnDatabase
from tests.infrastructure.running import Infrastructure


@pytest.fixture(scope="session")
def kafka(infrastructure: Infrastructure) -> KafkaAccess:
    """The broker of this run, with the topics of candidature."""
    dead_letters = dead_letter_topic(CANDIDATURE_EVENTS, "selection")
    for name in (CANDIDATURE_EVENTS, public_topic("candidature"), CONTACTS, dead_letters):
        if infrastructure.real_kafka:
            config = {"max.message.bytes": "2097152"} if name == dead_letters else {}
            broker.create_topic(infrastructure.kafka, name, 4, config)
        else:
            broker.touch_topic(infrastructure.kafka, name)
    return KafkaAccess(infrastructure.kafka)


@pytest.fixture
def make_producer(kafka: KafkaAccess) -> Callable[[], AIOKafkaProducer]:
    """Makes producers with the settings of the platform."""
    return lambda: producer(kafka, "test")


@pytest.fixture
async def sender(database: OwnDatabase) -> AsyncIterator[Database]:
    """The database of the service that says something."""
    opened = Database(database.dsn("candidature"), "candidature", patience=30.0)
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def receiver(database: OwnDatabase) -> AsyncIterator[Database]:
    """The database of the service that hears it, with a table for the effects of its handler."""
    admin = await database.connect()
    await admin.execute(
        "CREATE TABLE selection.effects (position bigint GENERATED ALWAYS AS IDENTITY, subject uuid, version integer)"
    )
    await admin.execute("GRANT ALL ON selection.effects TO qmi_selection")
    await admin.close()
    opened = Database(database.dsn("selection"), "selection", patience=30.0)
    await opened.start()
    yield opened
    await opened.stop()
