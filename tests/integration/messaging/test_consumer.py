"""The consumer on a broker: offsets follow the database, nothing is lost across restarts and rebalances."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.events.envelope import Envelope
from shared.kit.clock import Clock, SystemClock
from shared.kit.consume import Subscribers
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.dead_letters import DeadLetters
from shared.kit.identity import new_id
from shared.kit.inbox import Inbox
from shared.kit.kafka import KafkaAccess, broker
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.builders.messages import a_record

SERVICES = ("candidature", "selection")


@asynccontextmanager
async def consuming(
    database: Database,
    kafka: KafkaAccess,
    topic: str,
    make_producer: Callable[[], AIOKafkaProducer],
    *,
    group: str,
    pause: float = 0.0,
    down: asyncio.Event | None = None,
) -> AsyncIterator[Consumer[SqlUnitOfWork]]:
    """A member of a group that writes an effect for each message of a topic, as long as nothing is down."""
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers(group)

    @subscribers.on(topic)
    async def write(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        await asyncio.sleep(pause)
        if down is not None and down.is_set():
            raise ConnectionRefusedError("something this handler needs is down")
        await work.connection.execute(
            "INSERT INTO effects (subject, version) VALUES ($1, $2)", message.subject, message.sequence
        )

    dead_letters = DeadLetters(make_producer, group)
    fast_stream = broker(kafka, "test")
    inbox = Inbox(database, subscribers, SqlUnitOfWork, SystemClock(), dead_letters)
    consumer = Consumer(fast_stream, subscribers, inbox, batch=20)
    await fast_stream.start()
    try:
        yield consumer
    finally:
        await consumer.stop_taking()
        await fast_stream.stop()
        await dead_letters.stop()


async def send(
    make_producer: Callable[[], AIOKafkaProducer],
    topic: str,
    subject: UUID,
    versions: range,
    *,
    timestamp_ms: int | None = None,
) -> None:
    """Put so many versions of a subject on a topic."""
    sending = make_producer()
    await sending.start()
    for version in versions:
        record = a_record(subject, version, extra=(("from-elsewhere", None), ("binary", b"\xff")))
        await sending.send_and_wait(
            topic, key=record.key, value=record.value, headers=list(record.headers), timestamp_ms=timestamp_ms
        )
    await sending.stop()


async def effects(database: Database, count: int, *, within: float = 30.0) -> list[tuple[UUID, int]]:
    """The effects, once there are so many and a moment has passed."""
    async with asyncio.timeout(within):
        while await database.pool.fetchval("SELECT count(*) FROM effects") < count:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    rows = await database.pool.fetch("SELECT subject, version FROM effects ORDER BY position")
    return [(row["subject"], row["version"]) for row in rows]


async def test_null_and_binary_headers_lose_no_message(
    receiver: Database, kafka: KafkaAccess, topic: str, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subject = new_id()
    await send(make_producer, topic, subject, range(1, 4))
    async with consuming(receiver, kafka, topic, make_producer, group=f"g-{topic}"):
        assert await effects(receiver, 3) == [(subject, 1), (subject, 2), (subject, 3)]


async def test_a_consumer_that_comes_back_goes_on_where_the_database_was(
    receiver: Database, kafka: KafkaAccess, topic: str, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subject = new_id()
    await send(make_producer, topic, subject, range(1, 11))
    async with consuming(receiver, kafka, topic, make_producer, group=f"g-{topic}"):
        await effects(receiver, 10)
    await send(make_producer, topic, subject, range(11, 21))
    async with consuming(receiver, kafka, topic, make_producer, group=f"g-{topic}") as consumer:
        found = await effects(receiver, 20)
        lag = await consumer.measure()

    assert found == [(subject, version) for version in range(1, 21)]
    assert lag == 0


async def test_the_committed_offset_is_the_number_of_messages_done(
    receiver: Database, kafka: KafkaAccess, topic: str, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    await send(make_producer, topic, new_id(), range(1, 31))
    async with consuming(receiver, kafka, topic, make_producer, group=f"g-{topic}"):
        await effects(receiver, 30)
    sending = make_producer()
    await sending.start()
    partitions = [TopicPartition(topic, partition) for partition in sorted(await sending.partitions_for(topic))]
    await sending.stop()
    reader = AIOKafkaConsumer(**kafka.client_options(), group_id=f"g-{topic}", enable_auto_commit=False)
    await reader.start()
    committed = [await reader.committed(partition) or 0 for partition in partitions]
    await reader.stop()

    assert sum(committed) == 30


async def test_a_fetcher_that_hangs_is_seen_to_stand_still(
    receiver: Database, kafka: KafkaAccess, topic: str, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subject = new_id()
    async with consuming(receiver, kafka, topic, make_producer, group=f"g-{topic}") as consumer:
        await send(make_producer, topic, subject, range(1, 2))
        await effects(receiver, 1)
        client = consumer._subscriber.consumer
        assert client is not None
        client._fetcher._fetch_task.cancel()  # as clients of Kafka have hung before
        await asyncio.sleep(1.0)
        idle = (await consumer.measure(), consumer.stuck_for())
        await send(make_producer, topic, subject, range(2, 4))
        behind, at_once = await consumer.measure(), consumer.stuck_for()
        await asyncio.sleep(1.0)

        assert (idle, behind) == ((0, 0.0), 2)
        assert at_once < 0.9 < consumer.stuck_for()


async def test_a_consumer_told_to_stop_takes_nothing_more_even_after_a_rebalance(
    receiver: Database, kafka: KafkaAccess, topic: str, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    async with consuming(receiver, kafka, topic, make_producer, group=f"g-{topic}") as consumer:
        await consumer.stop_taking()
        await consumer.on_partitions_revoked(set())
        await consumer.on_partitions_assigned(set())
        await send(make_producer, topic, new_id(), range(1, 4))
        await asyncio.sleep(1.0)

    assert await receiver.pool.fetchval("SELECT count(*) FROM effects") == 0


@pytest.mark.real_kafka
async def test_members_that_come_and_go_lose_and_double_nothing(
    receiver: Database, kafka: KafkaAccess, topic: str, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subjects = [new_id() for _ in range(12)]
    for subject in subjects:
        await send(make_producer, topic, subject, range(1, 31))
    group = f"g-{topic}"
    async with consuming(receiver, kafka, topic, make_producer, group=group, pause=0.005):
        async with consuming(receiver, kafka, topic, make_producer, group=group, pause=0.005):
            await effects(receiver, 100)
        async with consuming(receiver, kafka, topic, make_producer, group=group, pause=0.005):
            found = await effects(receiver, 360, within=60)

    for subject in subjects:
        assert [version for key, version in found if key == subject] == list(range(1, 31))


@pytest.mark.real_kafka
async def test_what_was_given_up_in_a_rebalance_is_taken_again_in_its_place(
    receiver: Database, kafka: KafkaAccess, topic: str, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subjects, group, down = [new_id() for _ in range(6)], f"g-{topic}", asyncio.Event()
    for subject in subjects:
        await send(make_producer, topic, subject, range(1, 11))
    down.set()
    async with consuming(receiver, kafka, topic, make_producer, group=group, down=down):
        await asyncio.sleep(1.0)
        async with consuming(receiver, kafka, topic, make_producer, group=group, down=down):
            await asyncio.sleep(1.0)
        await asyncio.sleep(0.5)
        assert await receiver.pool.fetchval("SELECT count(*) FROM effects") == 0
        down.clear()
        found = await effects(receiver, 60)

    for subject in subjects:
        assert [version for key, version in found if key == subject] == list(range(1, 11))
