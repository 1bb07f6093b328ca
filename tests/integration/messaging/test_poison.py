"""What no handler and no table can take: it ends as a dead letter, and nothing near it is lost or held up."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.clock import Clock, SystemClock
from shared.kit.consume import Subscribers
from shared.kit.database import Connection, Database
from shared.kit.dead_letters import DeadLetters
from shared.kit.identity import new_id
from shared.kit.inbox import Inbox
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.record import Headers, read
from shared.kit.refusals import Conflict, NotFound
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.builders.messages import AT, a_record
from tests.infrastructure.databases import OwnDatabase
from tests.integration.messaging.test_consumer import consuming, effects, send
from tests.integration.messaging.test_inbox import NEVER, PROMPT, Receiver, dead, no_producer

SERVICES = ("candidature", "selection")


@pytest.fixture
async def receiving(receiver: Database, kafka: KafkaAccess) -> AsyncIterator[Receiver]:
    """The group selection, with a real dead-letter topic."""
    dead_letters = DeadLetters(lambda: producer(kafka, "test", largest=2_000_000), "selection")
    yield Receiver(receiver, dead_letters)
    await dead_letters.stop()


async def test_a_timestamp_no_calendar_knows_loses_no_message(
    receiver: Database,
    kafka: KafkaAccess,
    make_topic: Callable[..., str],
    make_producer: Callable[[], AIOKafkaProducer],
) -> None:
    topic = make_topic(partitions=1, config={"message.timestamp.after.max.ms": str(2**63 - 1)})
    subject = new_id()
    await send(make_producer, topic, subject, range(1, 3))
    await send(make_producer, topic, subject, range(3, 4), timestamp_ms=2**62)
    await send(make_producer, topic, subject, range(4, 6))

    async with consuming(receiver, kafka, topic, make_producer, group=f"g-{topic}"):
        assert await effects(receiver, 5) == [(subject, version) for version in range(1, 6)]


@pytest.mark.parametrize("text", ["NUL \x00", "surrogate \ud800"])
async def test_a_refusal_nothing_can_store_is_told_all_the_same(
    receiving: Receiver, kafka: KafkaAccess, text: str
) -> None:
    parked, refused, other = new_id(), new_id(), new_id()
    record = a_record(refused)
    receiving.failures[parked, 1] = [NotFound(text)] * 2
    receiving.failures[refused, 1] = [Conflict(text)] * 2

    await receiving.take(a_record(parked), record, a_record(other))

    assert await receiving.effects() == [(other, 1)]
    assert await receiving.parked() == 1
    assert len(await dead(kafka, record.key)) == 1


async def test_a_header_whose_name_cannot_be_stored_makes_a_dead_letter_with_it(
    receiving: Receiver, kafka: KafkaAccess
) -> None:
    subject = new_id()
    receiving.failures[subject, 1] = [NotFound("not yet")] * 2
    record = a_record(subject, extra=(("NUL \x00", b"\xff"),))
    await receiving.take(record)

    [(value, headers)] = await dead(kafka, record.key)
    assert (value, dict(headers)["NUL \x00"]) == (record.value, b"\xff")


async def test_what_can_be_neither_handled_nor_parked_is_waited_for_and_never_passed_over(
    receiving: Receiver, database: OwnDatabase
) -> None:
    subject = new_id()
    receiving.failures[subject, 1] = [ValueError("a bug")] * 100
    admin = await database.connect()
    await admin.execute("REVOKE INSERT ON selection.parked FROM qmi_selection")
    taking = asyncio.create_task(receiving.take(a_record(subject)))
    await asyncio.wait([taking], timeout=0.5)
    assert not taking.done()
    await admin.execute("GRANT INSERT ON selection.parked TO qmi_selection")
    await admin.close()

    assert await asyncio.wait_for(taking, 10)
    assert await receiving.parked() == 1


@pytest.mark.parametrize(
    "bug",
    [FileNotFoundError("a template"), asyncpg.InterfaceError("the server expects 1 argument, 2 were passed")],
    ids=["a missing file", "a misused driver"],
)
async def test_a_bug_that_looks_like_an_outage_holds_up_nobody(receiving: Receiver, bug: Exception) -> None:
    poisoned, other = new_id(), new_id()
    receiving.failures[poisoned, 1] = [bug] * 100

    assert await asyncio.wait_for(receiving.take(a_record(poisoned), a_record(other)), 5)
    assert await receiving.effects() == [(other, 1)]
    assert await receiving.parked() == 1


async def test_a_handler_that_swallows_an_error_of_the_database_loses_no_message(receiver: Database) -> None:
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers("selection")
    careless, careful = new_id(), new_id()

    @subscribers.on(CANDIDATURE_EVENTS)
    async def handle(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        await work.connection.execute("INSERT INTO effects (subject, version) VALUES ($1, 1)", message.subject)
        if message.subject == careless:
            with suppress(asyncpg.PostgresError):  # PostgreSQL will now answer COMMIT with a rollback
                await work.connection.execute("INSERT INTO effects (subject, position) VALUES (NULL, 1)")

    inbox = Inbox(
        receiver, subscribers, SqlUnitOfWork, SystemClock(), DeadLetters(no_producer, "selection"), backoff=PROMPT
    )
    await inbox.take([a_record(careful), a_record(careless)], abandon=NEVER)

    assert await receiver.pool.fetchval("SELECT array_agg(subject) FROM effects") == [careful]
    assert await receiver.pool.fetchval("SELECT count(*) FROM parked") == 1


@pytest.mark.parametrize(
    ("how", "position", "at_most"), [("raises", 0, 4), ("raises", 40, 6), ("raises", 63, 6), ("swallows", 40, 22)]
)
async def test_one_bad_message_costs_its_batch_a_few_transactions(
    receiver: Database, monkeypatch: pytest.MonkeyPatch, how: str, position: int, at_most: int
) -> None:
    subjects = [new_id() for _ in range(64)]
    bad = subjects[position]
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers("selection")

    @subscribers.on(CANDIDATURE_EVENTS)
    async def handle(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        with suppress(asyncpg.PostgresError if how == "swallows" else NotFound):
            broken = message.subject == bad
            await work.connection.execute(
                "INSERT INTO effects (subject, version) VALUES ($1, 1 / $2)", message.subject, int(not broken)
            )

    begun = 0
    whole = receiver.transaction

    def counted() -> AbstractAsyncContextManager[Connection]:
        nonlocal begun
        begun += 1
        return whole()

    monkeypatch.setattr(receiver, "transaction", counted)
    inbox = Inbox(
        receiver, subscribers, SqlUnitOfWork, SystemClock(), DeadLetters(no_producer, "selection"), backoff=PROMPT
    )
    await inbox.take([a_record(subject) for subject in subjects], abandon=NEVER)

    rows = await receiver.pool.fetch("SELECT subject FROM effects ORDER BY position")
    assert [row["subject"] for row in rows] == [subject for subject in subjects if subject != bad]
    assert await receiver.pool.fetchval("SELECT array_agg(key) FROM parked") == [str(bad).encode()]
    assert begun <= at_most


async def test_what_was_parked_and_can_no_longer_be_read_is_dead_and_holds_up_nobody(
    receiving: Receiver, receiver: Database, kafka: KafkaAccess
) -> None:
    renamed, other = new_id(), new_id()
    record = a_record(renamed)
    for subject in (renamed, other):
        receiving.failures[subject, 1] = [NotFound("not yet")]
        await receiving.take(record if subject == renamed else a_record(subject))
    await receiver.pool.execute("UPDATE parked SET value = 'of an older release' WHERE key = $1", record.key)
    await receiving.retry_all()

    assert await receiving.effects() == [(other, 1)]
    assert await receiving.parked() == 0
    assert len(await dead(kafka, record.key)) == 1


async def test_the_largest_message_kafka_takes_fits_with_its_reasons_into_the_dead_letter_topic(
    receiving: Receiver, kafka: KafkaAccess
) -> None:
    key, value = str(new_id()).encode(), secrets.token_bytes(1_048_000)
    headers: Headers = tuple((f"h{number}", secrets.token_bytes(40)) for number in range(10))
    record = read(topic=CANDIDATURE_EVENTS, partition=0, offset=0, timestamp=AT, key=key, value=value, headers=headers)
    assert await asyncio.wait_for(receiving.take(record), 20)

    assert [found == value for found, _ in await dead(kafka, key)] == [True]


async def test_a_dead_letter_topic_that_does_not_answer_holds_up_only_what_is_dead(receiver: Database) -> None:
    dying, other = new_id(), new_id()
    unreachable = DeadLetters(lambda: producer(KafkaAccess("127.0.0.1:1"), "test"), "selection")
    receiving = Receiver(receiver, unreachable)
    receiving.failures[dying, 1] = [NotFound("not yet"), *[Conflict("never")] * 10]
    receiving.failures[other, 1] = [NotFound("not yet")]
    await receiving.take(a_record(dying))
    await receiving.take(a_record(other))
    for _ in range(2):
        await receiving.inbox.retry_parked()

    assert await receiving.effects() == [(other, 1)]
    assert await receiving.parked() == 1
