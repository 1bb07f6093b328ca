"""Receiving: one effect per message and group, in order per key, whatever fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS, dead_letter_topic
from shared.kit.clock import Clock, SystemClock
from shared.kit.consume import Subscribers
from shared.kit.database import Database
from shared.kit.dead_letters import DeadLetters
from shared.kit.identity import new_id
from shared.kit.inbox import Inbox
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.park import Backoff
from shared.kit.record import Record, read
from shared.kit.refusals import Conflict, NotFound
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.builders.messages import AT, a_record, a_start

SERVICES = ("candidature", "selection")
NEVER = asyncio.Event()
PROMPT = Backoff(first=0.0, attempts=3)


class Receiver:
    """A group whose handler writes an effect, or fails as told."""

    def __init__(self, database: Database, dead_letters: DeadLetters) -> None:
        self.failures: dict[tuple[UUID, int], list[Exception]] = {}
        self.database = database
        subscribers: Subscribers[SqlUnitOfWork] = Subscribers("selection")
        subscribers.on(CANDIDATURE_EVENTS)(self._handle)
        self.inbox = Inbox(database, subscribers, SqlUnitOfWork, SystemClock(), dead_letters, backoff=PROMPT)

    async def take(self, *records: Record) -> bool:
        """Take a batch."""
        return await self.inbox.take(records, abandon=NEVER)

    async def effects(self) -> list[tuple[UUID, int]]:
        """What the handler did, in order."""
        rows = await self.database.pool.fetch("SELECT subject, version FROM effects ORDER BY position")
        return [(row["subject"], row["version"]) for row in rows]

    async def parked(self) -> int:
        """How many messages wait."""
        count: int = await self.database.pool.fetchval("SELECT count(*) FROM parked")
        return count

    async def retry_all(self) -> None:
        """Retry until nothing parked is due."""
        while await self.inbox.retry_parked():
            await asyncio.sleep(0)

    async def _handle(self, message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        await work.connection.execute(
            "INSERT INTO effects (subject, version) VALUES ($1, $2)", message.subject, message.sequence
        )
        if failures := self.failures.get((message.subject, message.sequence)):
            raise failures.pop(0)


@pytest.fixture
async def receiving(receiver: Database, make_producer: Callable[[], AIOKafkaProducer]) -> AsyncIterator[Receiver]:
    """The group selection, with a real dead-letter topic."""
    dead_letters = DeadLetters(make_producer, "selection")
    yield Receiver(receiver, dead_letters)
    await dead_letters.stop()


async def dead(kafka: KafkaAccess, key: bytes) -> list[tuple[bytes | None, list[tuple[str, bytes | None]]]]:
    """What the dead-letter topic holds for a key."""
    consumer = AIOKafkaConsumer(
        dead_letter_topic(CANDIDATURE_EVENTS, "selection"), **kafka.client_options(), auto_offset_reset="earliest"
    )
    await consumer.start()
    found = []
    with suppress(TimeoutError):
        async with asyncio.timeout(2):
            while True:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [(record.value, list(record.headers)) for record in records if record.key == key]
    await consumer.stop()
    return found


async def test_a_batch_is_handled_in_order(receiving: Receiver) -> None:
    first, second = new_id(), new_id()

    done = await receiving.take(a_record(first, 1), a_record(second, 1), a_record(first, 2))

    assert done
    assert await receiving.effects() == [(first, 1), (second, 1), (first, 2)]


async def test_a_message_delivered_twice_has_one_effect(receiving: Receiver) -> None:
    subject = new_id()
    record = a_record(subject)
    await receiving.take(record, record)
    await receiving.take(record)

    assert await receiving.effects() == [(subject, 1)]


async def test_a_message_of_which_a_copy_waits_behind_a_parked_key_has_one_effect(receiving: Receiver) -> None:
    blocked, free, twin = new_id(), new_id(), new_id()
    receiving.failures[blocked, 1] = [NotFound()]
    await receiving.take(a_record(blocked, 1))

    await receiving.take(a_record(blocked, 2, identifier=twin), a_record(free, 1, identifier=twin))
    await receiving.retry_all()

    assert await receiving.effects() == [(free, 1), (blocked, 1)]


async def test_what_is_not_known_yet_is_parked_with_its_key_behind_it_and_others_flow(receiving: Receiver) -> None:
    early, other = new_id(), new_id()
    receiving.failures[early, 1] = [NotFound("with the batch"), NotFound("alone")]

    await receiving.take(a_record(early, 1), a_record(other, 1), a_record(early, 2), a_record(other, 2))

    assert await receiving.effects() == [(other, 1), (other, 2)]
    assert await receiving.parked() == 2


async def test_what_was_parked_is_handled_in_order_once_it_can_be(receiving: Receiver) -> None:
    early = new_id()
    receiving.failures[early, 1] = [NotFound("with the batch"), NotFound("alone"), NotFound("at the first retry")]
    await receiving.take(a_record(early, 1), a_record(early, 2))
    await receiving.take(a_record(early, 3))
    await receiving.retry_all()

    assert await receiving.effects() == [(early, 1), (early, 2), (early, 3)]
    assert await receiving.parked() == 0


async def test_what_waits_behind_a_head_follows_it_at_once(receiving: Receiver) -> None:
    early = new_id()
    receiving.failures[early, 1] = [NotFound("with the batch"), NotFound("alone")]
    await receiving.take(*(a_record(early, version) for version in range(1, 31)))
    assert await receiving.parked() == 30

    await receiving.inbox.retry_parked()

    assert await receiving.effects() == [(early, version) for version in range(1, 31)]
    assert await receiving.parked() == 0


async def test_what_breaks_behind_a_head_is_the_next_head_and_nothing_overtakes_it(receiving: Receiver) -> None:
    early = new_id()
    receiving.failures[early, 1] = [NotFound("with the batch"), NotFound("alone")]
    receiving.failures[early, 20] = [NotFound("behind the head"), NotFound("as a head")]
    await receiving.take(*(a_record(early, version) for version in range(1, 31)))

    await receiving.inbox.retry_parked()
    assert await receiving.effects() == [(early, version) for version in range(1, 20)]
    assert await receiving.parked() == 11
    await receiving.retry_all()

    assert await receiving.effects() == [(early, version) for version in range(1, 31)]


async def test_a_parked_message_delivered_again_is_parked_once(receiving: Receiver) -> None:
    early = new_id()
    record = a_record(early)
    receiving.failures[early, 1] = [NotFound("not yet")]
    await receiving.take(record)
    await receiving.take(record)

    assert await receiving.parked() == 1


async def test_a_message_that_fails_too_often_is_dead_and_the_next_of_its_key_goes_on(
    receiving: Receiver, kafka: KafkaAccess
) -> None:
    poisoned = new_id()
    record = a_record(poisoned, 1)
    receiving.failures[poisoned, 1] = [ZeroDivisionError("a bug")] * 10
    await receiving.take(record, a_record(poisoned, 2))
    await receiving.retry_all()

    assert await receiving.effects() == [(poisoned, 2)]
    [(value, headers)] = await dead(kafka, record.key)
    assert value == record.value
    assert dict(headers)["qmi_dlt_reason"] == b"handler-failed"
    assert dict(headers)["qmi_dlt_attempts"] == b"4"


async def test_a_refusal_is_final(receiving: Receiver, kafka: KafkaAccess) -> None:
    subject = new_id()
    record = a_record(subject, 1)
    receiving.failures[subject, 1] = [Conflict("with the batch"), Conflict("alone")]
    await receiving.take(record, a_record(subject, 2))
    await receiving.take(record)

    assert await receiving.effects() == [(subject, 2)]
    assert await receiving.parked() == 0
    [(_, headers)] = await dead(kafka, record.key)
    assert dict(headers)["qmi_dlt_reason"] == b"conflict"


async def test_what_cannot_be_read_is_dead_with_its_bytes_and_its_null_header(
    receiving: Receiver, kafka: KafkaAccess
) -> None:
    key = str(new_id()).encode()
    record = read(
        topic=CANDIDATURE_EVENTS,
        partition=0,
        offset=7,
        timestamp=AT,
        key=key,
        value=b"\xff\xfenot json",
        headers=(("ce_type", b"\xff"), ("odd", None)),
    )
    await receiving.take(record)

    [(value, headers)] = await dead(kafka, key)
    assert value == b"\xff\xfenot json"
    assert headers[:2] == [("ce_type", b"\xff"), ("odd", None)]
    assert dict(headers)["qmi_dlt_offset"] == b"7"


async def test_one_failure_in_a_batch_costs_the_others_nothing(receiving: Receiver) -> None:
    subjects = [new_id() for _ in range(50)]
    receiving.failures[subjects[25], 1] = [ValueError("a bug")] * 10
    await receiving.take(*(a_record(subject) for subject in subjects))

    assert {subject for subject, _ in await receiving.effects()} == set(subjects) - {subjects[25]}


async def test_infrastructure_that_is_down_is_waited_for(receiving: Receiver) -> None:
    subject = new_id()
    receiving.failures[subject, 1] = [ConnectionRefusedError("down"), TimeoutError("still down")]

    assert await receiving.take(a_record(subject))
    assert await receiving.effects() == [(subject, 1)]


async def test_a_batch_given_up_while_waiting_may_not_be_acknowledged(receiving: Receiver) -> None:
    subject = new_id()
    receiving.failures[subject, 1] = [ConnectionRefusedError("down")] * 1000
    abandon = asyncio.Event()
    asyncio.get_running_loop().call_later(0.3, abandon.set)

    assert not await receiving.inbox.take([a_record(subject)], abandon=abandon)
    assert await receiving.effects() == []


async def test_nothing_is_claimed_when_the_dead_letter_topic_does_not_answer(receiver: Database) -> None:
    subject = new_id()
    unreachable = DeadLetters(lambda: producer(KafkaAccess("127.0.0.1:1"), "test"), "selection")
    receiving = Receiver(receiver, unreachable)
    receiving.failures[subject, 1] = [Conflict("never")] * 10
    abandon = asyncio.Event()
    asyncio.get_running_loop().call_later(0.5, abandon.set)

    assert not await receiving.inbox.take([a_record(subject)], abandon=abandon)
    assert await receiver.pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_effects_carry_the_cause_and_the_correlation(receiver: Database) -> None:
    subject, caused = new_id(), new_id()
    record = a_record(subject)
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers("selection")

    @subscribers.on(CANDIDATURE_EVENTS)
    async def say_more(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        async with work:
            await work.publish(caused, a_start(caused))

    inbox = Inbox(receiver, subscribers, SqlUnitOfWork, SystemClock(), DeadLetters(no_producer, "selection"))
    await inbox.take([record], abandon=NEVER)

    row = await receiver.pool.fetchrow("SELECT causation_id, correlation_id FROM event_log")
    assert row is not None
    assert tuple(row) == (record.envelope.id, record.envelope.correlation_id)


async def test_a_retry_waits_its_delay(receiver: Database) -> None:
    subject = new_id()
    slow = Receiver(receiver, DeadLetters(no_producer, "selection"))
    slow.inbox._backoff = Backoff(first=60.0)
    slow.failures[subject, 1] = [NotFound("not yet")]
    await slow.take(a_record(subject))

    assert not await slow.inbox.retry_parked()
    wait = await receiver.pool.fetchval("SELECT next_attempt_at - clock_timestamp() FROM parked")
    assert timedelta(seconds=25) < wait <= timedelta(seconds=60)


def no_producer() -> AIOKafkaProducer:
    """For what must send nothing."""
    raise AssertionError("nothing should be dead here")
