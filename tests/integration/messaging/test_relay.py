"""Sending: everything committed reaches the topic, in order per key, and leaves the outbox."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.events.base import source_of
from shared.events.candidature import CandidatureSubmitted
from shared.events.contacts import ContactErased
from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS, public_topic
from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess
from shared.kit.relay import Relay
from tests.builders.messages import AT, a_start, a_work, say
from tests.infrastructure.databases import OwnDatabase

SERVICES = ("candidature", "selection")


@asynccontextmanager
async def relaying(*relays: Relay) -> AsyncIterator[None]:
    """Relays at work."""
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def drained(database: Database, *, within: float = 20.0) -> None:
    """Wait until the outbox is empty."""
    async with asyncio.timeout(within):
        while await database.pool.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(0.02)


Heard = tuple[UUID, bytes | None, dict[str, str]]


async def heard(kafka: KafkaAccess, topic: str, keys: set[UUID], count: int, *, sent_again: bool = True) -> list[Heard]:
    """The records of these keys on a topic, in the order of each partition, once there are so many.

    Those sent again count, unless told otherwise.
    """
    wanted = {str(key).encode() for key in keys}
    found: list[Heard] = []
    consumer = AIOKafkaConsumer(topic, **kafka.client_options(), auto_offset_reset="earliest")
    await consumer.start()
    with suppress(TimeoutError):
        async with asyncio.timeout(15):
            while len(found if sent_again else {headers["ce_id"] for _, _, headers in found}) < count:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [
                        (
                            UUID(record.key.decode()),
                            record.value,
                            {name: text.decode() for name, text in record.headers},
                        )
                        for record in records
                        if record.key in wanted
                    ]
    await consumer.stop()
    return found


async def test_what_was_committed_is_sent_in_order_and_leaves_the_outbox(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    keys = [new_id() for _ in range(20)]
    async with relaying(Relay(sender, make_producer, "candidature")):
        await asyncio.gather(*(say(sender, key, 10) for key in keys))
        await drained(sender)

    found = await heard(kafka, CANDIDATURE_EVENTS, set(keys), 200)
    for key in keys:
        assert [int(headers["ce_sequence"]) for subject, _, headers in found if subject == key] == list(range(1, 11))


async def test_a_backlog_of_many_pages_is_sent_in_order_and_once(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    keys = [new_id() for _ in range(9)]
    await asyncio.gather(*(say(sender, key, 11) for key in keys))
    async with relaying(Relay(sender, make_producer, "candidature", page=4)):
        await drained(sender)

    found = await heard(kafka, CANDIDATURE_EVENTS, set(keys), 99)
    for key in keys:
        assert [int(headers["ce_sequence"]) for subject, _, headers in found if subject == key] == list(range(1, 12))


async def test_the_stored_text_goes_out_byte_for_byte(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subject = new_id()
    await say(sender, subject)
    stored = await sender.pool.fetchrow("SELECT id, data FROM event_log")
    assert stored is not None
    async with relaying(Relay(sender, make_producer, "candidature")):
        await drained(sender)

    [(_, value, headers)] = await heard(kafka, CANDIDATURE_EVENTS, {subject}, 1)
    assert value == stored["data"].encode()
    assert headers["ce_id"] == str(stored["id"])
    assert headers["ce_source"] == source_of("candidature")


async def test_partners_get_the_allowed_fields_and_not_who_acted(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subject = new_id()
    event = CandidatureSubmitted(
        candidature_id=subject, call_id=UUID(int=1), edition=2, commune="93001", submitted_at=AT
    )
    async with a_work(sender) as work:
        await work.publish(subject, event)
    async with relaying(Relay(sender, make_producer, "candidature")):
        await drained(sender)

    [(_, value, headers)] = await heard(kafka, public_topic("candidature"), {subject}, 1)
    assert value is not None
    assert set(json.loads(value)) == set(CandidatureSubmitted.public_fields)
    assert "ce_actorid" not in headers


async def test_an_event_partners_may_not_know_stays_inside(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    private, public = new_id(), new_id()
    await say(sender, private)
    async with a_work(sender) as work:
        await work.publish(
            public,
            CandidatureSubmitted(
                candidature_id=public, call_id=UUID(int=1), edition=2, commune="93001", submitted_at=AT
            ),
        )
    async with relaying(Relay(sender, make_producer, "candidature")):
        await drained(sender)

    found = await heard(kafka, public_topic("candidature"), {private, public}, 1)
    assert [subject for subject, _, _ in found] == [public]


async def test_an_erased_contact_is_a_record_without_value(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    contact = new_id()
    async with a_work(sender) as work:
        await work.publish_state(contact, ContactErased(contact_id=contact))
    async with relaying(Relay(sender, make_producer, "candidature")):
        await drained(sender)

    assert [value for _, value, _ in await heard(kafka, CONTACTS, {contact}, 1)] == [None]
    assert await sender.pool.fetchval("SELECT count(*) FROM event_log") == 0


async def test_what_kafka_will_never_take_stops_its_key_and_no_other(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    heavy, light = new_id(), new_id()
    await say(sender, heavy)
    async with a_work(sender) as work:
        await work.publish(heavy, a_start(heavy))
        await work.connection.execute(
            "INSERT INTO event_log (id, aggregate_id, version, type, data, actor, correlation_id, occurred_at)"
            " VALUES ($1, $2, 3, 'candidature-started.v1', to_json(repeat('x', 1100000)), 'test', $1, now())",
            new_id(),
            heavy,
        )
        await work.connection.execute(
            "INSERT INTO outbox (shard, key, position) SELECT $1, $2, max(position) FROM event_log",
            heavy.int % 64,
            heavy,
        )
        await work.publish(heavy, a_start(heavy))
    await say(sender, light, 3)
    async with relaying(Relay(sender, make_producer, "candidature")):
        async with asyncio.timeout(20):
            while await sender.pool.fetchval("SELECT count(*) FROM outbox") > 2:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)

    found = await heard(kafka, CANDIDATURE_EVENTS, {heavy, light}, 5)
    assert sorted(int(headers["ce_sequence"]) for subject, _, headers in found if subject == heavy) == [1, 2]
    assert sorted(int(headers["ce_sequence"]) for subject, _, headers in found if subject == light) == [1, 2, 3]
    assert await sender.pool.fetchval("SELECT array_agg(DISTINCT key) FROM outbox") == [heavy]


async def test_two_relays_share_the_shards_and_keep_the_order(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    keys = [new_id() for _ in range(30)]
    relays = [Relay(sender, make_producer, "candidature", page=20) for _ in range(2)]
    async with relaying(*relays):
        await asyncio.gather(*(say(sender, key, 10) for key in keys))
        await drained(sender)
        members = await sender.pool.fetchval("SELECT count(*) FROM relay_members")

    found = await heard(kafka, CANDIDATURE_EVENTS, set(keys), 300)
    assert members == 2
    for key in keys:
        assert [int(headers["ce_sequence"]) for subject, _, headers in found if subject == key] == list(range(1, 11))


async def test_a_relay_whose_connection_is_cut_goes_on(
    database: OwnDatabase, sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subject = new_id()
    async with relaying(Relay(sender, make_producer, "candidature")):
        await say(sender, subject)
        await drained(sender)
        admin = await database.connect()
        cut = await admin.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
        )
        await admin.close()
        assert cut == 1
        await say(sender, subject)
        await drained(sender)

    found = await heard(kafka, CANDIDATURE_EVENTS, {subject}, 2)
    assert [int(headers["ce_sequence"]) for _, _, headers in found] == [1, 2]


async def test_a_commit_wakes_a_relay_of_another_process(
    sender: Database, database: OwnDatabase, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    elsewhere = Database(database.dsn("candidature"), "candidature")
    await elsewhere.start()
    async with relaying(Relay(elsewhere, make_producer, "candidature", poll=30.0)):
        await say(sender, new_id())
        await drained(sender)
        await asyncio.sleep(0.2)
        await say(sender, new_id())
        await drained(sender, within=5.0)
    await elsewhere.stop()
