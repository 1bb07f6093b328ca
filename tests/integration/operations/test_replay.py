"""A group hears a part of its topics again, a new group hears them: on a real broker, which knows members and dates."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer

from shared.events.envelope import Envelope
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers
from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess
from shared.kit.settings import Mode, Settings
from shared.kit.unit_of_work import SqlUnitOfWork
from shared.kit.worker import create_worker_app
from tests.infrastructure.databases import OwnDatabase
from tests.infrastructure.embedded import EmbeddedKafka
from tests.integration.messaging.test_consumer import consuming, effects, send
from tests.integration.operations.conftest import Qmi, operations

SERVICES = ("candidature", "selection")
OLD = datetime.now(UTC) - timedelta(days=2)
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()

MakeProducer = Callable[[], AIOKafkaProducer]
real_kafka = pytest.mark.real_kafka


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@pytest.fixture
def group() -> str:
    """A group nobody else uses, of the service selection."""
    return f"essai-{secrets.token_hex(5)}"


@real_kafka
async def test_what_is_heard_again_has_no_second_effect(
    receiver: Database,
    kafka: KafkaAccess,
    topic: str,
    group: str,
    make_producer: MakeProducer,
    qmi: Qmi,
    database: OwnDatabase,
) -> None:
    subject = new_id()
    await send(make_producer, topic, subject, range(1, 4), timestamp_ms=milliseconds(OLD))
    await send(make_producer, topic, subject, range(4, 6))
    async with consuming(receiver, kafka, topic, make_producer, group=group):
        done = await effects(receiver, 5)
    lost = await receiver.pool.fetchval("DELETE FROM inbox WHERE id = (SELECT max(id) FROM inbox) RETURNING id")
    rehearsed = await qmi("replay", group, "--service", "selection", "--from", "beginning", "--dry-run")
    answer = await qmi("replay", group, "--service", "selection", "--from", "beginning")
    async with consuming(receiver, kafka, topic, make_producer, group=group):
        found = await effects(receiver, 6)

    assert (answer.code, answer.said["records"], answer.said["new"], answer.said["unreadable"]) == (0, 5, 1, 0)
    assert answer.said["partitions"] == rehearsed.said["partitions"]
    [moved] = answer.said["partitions"]
    assert (moved["topic"], moved["from"], moved["to"]) == (topic, 5, 0)
    assert (len(done), found[:5], found[5:]) == (5, done, [done[-1]])
    assert lost is not None
    assert await operations(database) == [("astreinte", "replay", group)]


@real_kafka
async def test_what_is_forgotten_is_handled_again_from_a_date(
    receiver: Database, kafka: KafkaAccess, topic: str, group: str, make_producer: MakeProducer, qmi: Qmi
) -> None:
    subject = new_id()
    await send(make_producer, topic, subject, range(1, 4), timestamp_ms=milliseconds(OLD))
    await send(make_producer, topic, subject, range(4, 6))
    async with consuming(receiver, kafka, topic, make_producer, group=group):
        await effects(receiver, 5)
    asked = ("replay", group, "--service", "selection", "--from", YESTERDAY, "--forget")
    unsure = await qmi(*asked)
    rehearsed = await qmi(*asked, "--dry-run")
    claims = await receiver.pool.fetchval("SELECT count(*) FROM inbox")
    answer = await qmi(*asked, "--yes")
    async with consuming(receiver, kafka, topic, make_producer, group=group):
        found = await effects(receiver, 7)

    assert (unsure.code, "--yes" in unsure.refusal, claims) == (1, True, 5)
    assert rehearsed.said["forgotten"] == answer.said["forgotten"] == {"claims": 2, "parked": 0}
    assert answer.said["new"] == 2
    assert found == [(subject, version) for version in (1, 2, 3, 4, 5, 4, 5)]


@real_kafka
async def test_a_group_that_listens_is_not_moved(
    receiver: Database, kafka: KafkaAccess, topic: str, group: str, make_producer: MakeProducer, qmi: Qmi
) -> None:
    await send(make_producer, topic, new_id(), range(1, 3))
    async with consuming(receiver, kafka, topic, make_producer, group=group):
        await effects(receiver, 2)
        answer = await qmi("replay", group, "--service", "selection", "--from", "beginning")

    assert (answer.code, answer.said) == (1, None)
    assert "Arrêtez ses workers" in answer.refusal
    assert await receiver.pool.fetchval("SELECT count(*) FROM operations") == 0


@real_kafka
async def test_a_new_group_hears_everything_since_a_date(
    receiver: Database,
    kafka: KafkaAccess,
    topic: str,
    group: str,
    make_producer: MakeProducer,
    qmi: Qmi,
    database: OwnDatabase,
) -> None:
    subjects = [new_id() for _ in range(4)]
    for subject in subjects:
        await send(make_producer, topic, subject, range(1, 3), timestamp_ms=milliseconds(OLD))
    for subject in subjects:
        await send(make_producer, topic, subject, range(3, 6))
    words = ("replay", "selection", "--new-group", group, "--from", YESTERDAY, "--topic", topic)
    rehearsed = await qmi(*words, "--dry-run")
    answer = await qmi(*words)
    twice = await qmi(*words)
    async with worker_of(group, database, kafka, topic):
        found = await effects(receiver, 12)

    assert (rehearsed.code, answer.code, len(answer.said["partitions"])) == (0, 0, 3)
    assert "existe déjà" in twice.refusal
    for subject in subjects:
        assert [version for key, version in found if key == subject] == [3, 4, 5]
    assert await receiver.pool.fetchval("SELECT array_agg(DISTINCT consumer_group) FROM inbox") == [group]


async def test_the_embedded_broker_says_what_it_cannot_do(receiver: Database, database: OwnDatabase, qmi: Qmi) -> None:
    embedded = EmbeddedKafka()
    try:
        answer = await qmi("replay", "selection", "--from", "beginning", "--kafka", embedded.address)
    finally:
        embedded.stop()

    assert answer.code == 1
    assert "courtier embarqué" in answer.refusal


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("replay", "selection", "--from", "hier"), "« hier »"),
        (("replay", "essai", "--from", "beginning"), "--service"),
    ],
)
async def test_what_was_mistyped_is_said(qmi: Qmi, words: tuple[str, ...], why: str) -> None:
    answer = await qmi(*words)

    assert answer.code == 1
    assert why in answer.refusal


@asynccontextmanager
async def worker_of(group: str, database: OwnDatabase, kafka: KafkaAccess, topic: str) -> AsyncIterator[None]:
    """A worker of selection as QMI_GROUP makes it, which writes an effect for each message."""
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers("selection")

    @subscribers.on(topic)
    async def write(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        await work.connection.execute(
            "INSERT INTO effects (subject, version) VALUES ($1, $2)", message.subject, message.sequence
        )

    settings = Settings(
        service="selection",
        mode=Mode.SANDBOX,
        group=group,
        database_url=database.dsn("selection"),
        kafka=kafka.servers,
        issuer="http://127.0.0.1:9/dev-issuer",
    )
    app = create_worker_app(settings=settings, subscribers=subscribers, clocks={}, work_factory=SqlUnitOfWork)
    async with app.router.lifespan_context(app):
        yield
