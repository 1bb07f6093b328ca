"""`make bench`: no threshold is asserted, these machines are shared; the table is read by people."""

import asyncio
import os
import time
from collections.abc import Callable
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer
from fastapi import FastAPI
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from starlette.types import ASGIApp, Message

from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.clock import Clock, SystemClock
from shared.kit.consume import Subscribers
from shared.kit.consumer import Consumer
from shared.kit.dead_letters import DeadLetters
from shared.kit.identity import new_id
from shared.kit.inbox import Inbox
from shared.kit.kafka import broker
from shared.kit.relay import Relay
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.bench.arena import Arena, Stopwatch, percentile, until
from tests.bench.test_flow import drained_per_second, relaying
from tests.builders.messages import a_record, a_start, a_work, say

pytestmark = pytest.mark.timeout(1_800)
ROUNDS = int(os.environ.get("QMI_BENCH_ROUNDS", "5"))
WRITERS = 8
HISTORY = int(os.environ.get("QMI_BENCH_HISTORY", "200000"))


class Body(BaseModel):
    """What both endpoints receive."""

    call_id: UUID
    edition: int


async def post(app: ASGIApp, path: str, body: bytes) -> int:
    """One request straight into the application: both sides pay the same, and no HTTP client is measured."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


async def storm(app: ASGIApp, path: str, count: int) -> float:
    """`count` requests by some writers; requests a second."""
    watch = Stopwatch()

    async def write() -> None:
        for _ in range(count // WRITERS):
            body = Body(call_id=new_id(), edition=2).model_dump_json().encode()
            assert await post(app, path, body) == 201

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    return watch.per_second(count)


async def test_a_command_with_its_event_against_a_bare_insert(arena: Arena) -> None:
    app = FastAPI()

    @app.post("/bare", status_code=201)
    async def bare(body: Body) -> dict[str, str]:
        async with arena.sender.transaction() as connection:
            await connection.execute(
                "INSERT INTO effects (subject, version) VALUES ($1, $2)", body.call_id, body.edition
            )
        return {"id": str(body.call_id)}

    @app.post("/ours", status_code=201)
    async def ours(body: Body) -> dict[str, str]:
        async with a_work(arena.sender) as work:
            await work.connection.execute(
                "INSERT INTO effects (subject, version) VALUES ($1, $2)", body.call_id, body.edition
            )
            await work.publish(body.call_id, a_start(body.call_id))
        return {"id": str(body.call_id)}

    await arena.compare(
        "command: HTTP to commit with event",
        lambda: storm(app, "/ours", 1600),
        lambda: storm(app, "/bare", 1600),
        floor_name="FastAPI + asyncpg, one insert",
        goal="≥ 0.6",
        rounds=ROUNDS,
    )
    await arena.sender.pool.execute("DELETE FROM outbox")


async def test_the_relay_against_bare_sends(arena: Arena) -> None:
    count, keys = 20_000, 1_000

    async def relay() -> float:
        await arena.fill_outbox(count, keys)
        watch = Stopwatch()
        task = asyncio.create_task(Relay(arena.sender, arena.producer, "candidature").run())
        await until(lambda: _empty(arena), every=0.02)
        speed = watch.per_second(count)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return speed

    async def bare() -> float:
        subjects = [new_id() for _ in range(keys)]
        records = [a_record(subjects[number % keys]) for number in range(count)]
        watch = Stopwatch()
        producer = arena.producer()
        await producer.start()
        sends = [
            await producer.send(CANDIDATURE_EVENTS, key=each.key, value=each.value, headers=list(each.headers))
            for each in records
        ]
        await asyncio.gather(*sends)
        await producer.stop()
        return watch.per_second(count)

    await arena.compare(
        "relay: outbox to acknowledged",
        relay,
        bare,
        floor_name="aiokafka, acks=all, idempotent, keyed",
        goal="≥ 0.7",
        rounds=ROUNDS,
    )


async def _empty(arena: Arena) -> bool:
    return not await arena.sender.pool.fetchval("SELECT EXISTS (SELECT FROM outbox)")


async def test_consuming_with_an_inbox_against_a_commit_per_message(
    arena: Arena, bench_topic: Callable[[], str], to_disk: None
) -> None:
    await arena.compare(
        "consume: topic to effect, with inbox",
        lambda: _consume_ours(arena, bench_topic(), 4000),
        lambda: _consume_bare(arena, bench_topic(), 400),
        floor_name="FastStream, one insert and one ack a message",
        goal="≥ 10",
        rounds=ROUNDS,
    )


async def test_consuming_with_an_inbox_against_a_commit_per_batch(
    arena: Arena, bench_topic: Callable[[], str], to_disk: None
) -> None:
    await arena.compare(
        "consume: the same, against a batch without inbox",
        lambda: _consume_ours(arena, bench_topic(), 4000),
        lambda: _consume_batches(arena, bench_topic(), 4000),
        floor_name="FastStream in batches, one insert a message, one commit and one ack a batch",
        goal="—",
        rounds=ROUNDS,
    )


async def _consume_ours(arena: Arena, topic: str, count: int) -> float:
    await arena.fill_topic(topic, count)
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers(f"bench-{topic}")

    @subscribers.on(topic)
    async def handle(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        await work.connection.execute(
            "INSERT INTO effects (subject, version) VALUES ($1, $2)", message.subject, message.sequence
        )

    faststream = broker(arena.kafka, "bench")
    dead_letters = DeadLetters(arena.producer, subscribers.group)
    consumer = Consumer(
        faststream, subscribers, Inbox(arena.receiver, subscribers, SqlUnitOfWork, SystemClock(), dead_letters)
    )
    speed = await _timed(arena, faststream, count)
    await consumer.stop_taking()
    await faststream.stop()
    return speed


async def _consume_bare(arena: Arena, topic: str, count: int) -> float:
    await arena.fill_topic(topic, count)
    faststream = KafkaBroker(arena.kafka.servers, logger=None)

    @faststream.subscriber(topic, group_id=f"bench-{topic}", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK)
    async def handle(body: dict[str, object]) -> None:
        async with arena.receiver.transaction() as connection:
            await connection.execute("INSERT INTO effects (subject, version) VALUES ($1, 1)", new_id())

    speed = await _timed(arena, faststream, count)
    await faststream.stop()
    return speed


async def _consume_batches(arena: Arena, topic: str, count: int) -> float:
    """As many a batch and as soon as ours, but nothing is checked and nothing is remembered."""
    await arena.fill_topic(topic, count)
    faststream = KafkaBroker(arena.kafka.servers, logger=None)

    @faststream.subscriber(
        topic,
        group_id=f"bench-{topic}",
        batch=True,
        max_records=500,
        batch_timeout_ms=10,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
    )
    async def handle(bodies: list[dict[str, object]]) -> None:
        async with arena.receiver.transaction() as connection:
            for _ in bodies:
                await connection.execute("INSERT INTO effects (subject, version) VALUES ($1, 1)", new_id())

    speed = await _timed(arena, faststream, count)
    await faststream.stop()
    return speed


async def _timed(arena: Arena, faststream: KafkaBroker, count: int) -> float:
    """From the first effect to the last: joining a group is not what is measured."""
    await arena.receiver.pool.execute("TRUNCATE effects")
    await faststream.start()

    async def all_there() -> bool:
        done: int = await arena.receiver.pool.fetchval("SELECT count(*) FROM effects")
        return done >= count

    await until(all_there)
    seconds = await arena.receiver.pool.fetchval("SELECT extract(epoch FROM max(at) - min(at))::float FROM effects")
    return count / max(float(seconds), 1e-6)


async def test_how_long_from_commit_to_a_consumer_when_idle(arena: Arena) -> None:
    reader = AIOKafkaConsumer(
        CANDIDATURE_EVENTS, **arena.kafka.client_options(), auto_offset_reset="latest", fetch_max_wait_ms=500
    )
    await reader.start()
    await reader.seek_to_end()
    task = asyncio.create_task(Relay(arena.sender, arena.producer, "candidature").run())
    await asyncio.sleep(2.5)
    taken = []
    for _ in range(300):
        subject = new_id()
        async with a_work(arena.sender) as work:
            await work.publish(subject, a_start(subject))
        start = time.perf_counter()
        while (await reader.getone()).key != str(subject).encode():
            pass
        taken.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await reader.stop()
    arena.figures["commit → a consumer's hands, idle (goal: ack p50 ≤ 5 ms, p99 ≤ 20 ms)"] = (
        f"p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms"
    )


async def test_the_cost_of_an_event_does_not_grow_with_history(arena: Arena) -> None:
    async def writing() -> float:
        watch = Stopwatch()
        await asyncio.gather(*(say(arena.sender, new_id(), 100) for _ in range(WRITERS)))
        return watch.per_second(100 * WRITERS)

    async def measured() -> tuple[float, float]:
        writes = sorted([await writing() for _ in range(ROUNDS)])[ROUNDS // 2]
        await arena.sender.pool.execute("DELETE FROM outbox")
        async with relaying(arena) as relay:
            await asyncio.sleep(3.0)
            return writes, await drained_per_second(arena, relay)

    young, young_relay = await measured()
    before = await arena.sender.pool.fetchval("SELECT count(*) FROM event_log")
    await arena.sender.pool.execute(
        "INSERT INTO event_log (id, aggregate_id, version, type, data, actor, correlation_id, occurred_at)"
        " SELECT gen_random_uuid(), gen_random_uuid(), 1, 'candidature-started.v1', '{}', 'bench',"
        " gen_random_uuid(), now()"
        f" FROM generate_series(1, {HISTORY})",
        timeout=1_200,
    )
    old, old_relay = await measured()
    history = f"at {before:,} rows of history, then {HISTORY:,} more"
    arena.figures[f"writes a second {history}"] = f"{young:,.0f}, then {old:,.0f} ({old / young:.2f})"
    arena.figures[f"relayed a second of processor {history}"] = (
        f"{young_relay:,.0f}, then {old_relay:,.0f} ({old_relay / young_relay:.2f})"
    )
