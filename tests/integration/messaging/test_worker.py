"""The worker as a process: alive when it is, ready when it is, and gone when it is told to go, whatever happens."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from starlette.applications import Starlette

from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers
from shared.kit.database import Database
from shared.kit.deadlines import DeadlineClock
from shared.kit.identity import new_id
from shared.kit.inbox import Inbox
from shared.kit.kafka import KafkaAccess
from shared.kit.relay import Relay
from shared.kit.settings import Mode, Settings
from shared.kit.unit_of_work import SqlUnitOfWork
from shared.kit.worker import create_worker_app
from tests.builders.messages import say
from tests.infrastructure import broker
from tests.infrastructure.databases import OwnDatabase
from tests.integration.messaging.test_consumer import effects, send
from tests.integration.messaging.test_relay import drained

SERVICES = ("candidature", "selection")


@dataclass
class Running:
    """A worker of this process, seen through its operational routes."""

    app: Starlette
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def get(self, path: str) -> httpx.Response:
        """Ask it something."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://worker") as client:
            return await client.get(path)

    async def ready(self, *, within: float = 30.0) -> None:
        """Wait until it says so."""
        async with asyncio.timeout(within):
            while (await self.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def working(
    database: OwnDatabase, kafka: KafkaAccess, *topics: str, service: str = "selection", pause: float = 0.0
) -> AsyncIterator[Running]:
    """A worker that writes an effect for each message, after so many seconds."""
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers(f"g-{database.name}")
    settings = Settings(
        service=service,
        mode=Mode.SANDBOX,
        database_url=database.dsn(service),
        kafka=kafka.servers,
        issuer="http://127.0.0.1:9/dev-issuer",
    )

    async def write(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        running.begun.set()
        await asyncio.sleep(pause)
        await work.connection.execute(
            "INSERT INTO effects (subject, version) VALUES ($1, $2)", message.subject, message.sequence
        )

    for topic in topics:
        subscribers.on(topic)(write)
    app = create_worker_app(settings=settings, subscribers=subscribers, clocks={}, work_factory=SqlUnitOfWork)
    running = Running(app)
    async with app.router.lifespan_context(app):
        yield running


async def test_a_worker_that_was_idle_for_long_is_alive_when_work_comes(
    database: OwnDatabase,
    receiver: Database,
    kafka: KafkaAccess,
    topic: str,
    make_producer: Callable[[], AIOKafkaProducer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[object] = []
    monkeypatch.setattr("shared.kit.worker._STUCK_AFTER", 2.5)
    monkeypatch.setattr("shared.kit.worker.os.kill", lambda *told: killed.append(told))
    subject = new_id()
    async with working(database, kafka, topic, pause=1.5) as worker:
        await send(make_producer, topic, subject, range(1, 2))
        await effects(receiver, 1)
        await asyncio.sleep(4.0)
        worker.begun.clear()
        await send(make_producer, topic, subject, range(2, 3))
        await worker.begun.wait()
        answers = set()
        for _ in range(20):
            answers.add((await worker.get("/livez")).status_code)
            await asyncio.sleep(0.05)
        await effects(receiver, 2)

    assert (answers, killed) == ({200}, [])


async def test_a_worker_that_does_not_move_while_there_is_work_is_not_alive_and_ends(
    database: OwnDatabase,
    receiver: Database,
    kafka: KafkaAccess,
    topic: str,
    make_producer: Callable[[], AIOKafkaProducer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[object] = []
    monkeypatch.setattr("shared.kit.worker._STUCK_AFTER", 2.0)
    monkeypatch.setattr("shared.kit.kafka.DRAIN_SECONDS", 1.0)
    monkeypatch.setattr("shared.kit.worker.os.kill", lambda *told: killed.append(told))
    await send(make_producer, topic, new_id(), range(1, 2))
    async with working(database, kafka, topic, pause=3600.0) as worker:
        async with asyncio.timeout(20):
            while not killed:
                await asyncio.sleep(0.1)
        alive = (await worker.get("/livez")).status_code
        told_to_go = time.monotonic()

    assert alive == 503
    assert time.monotonic() - told_to_go < 10
    assert await receiver.pool.fetchval("SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize("broken", [(Relay, "_session"), (Inbox, "retry_parked"), (DeadlineClock, "fire_next")])
async def test_a_part_that_fails_as_nobody_foresaw_is_started_again(
    database: OwnDatabase,
    sender: Database,
    kafka: KafkaAccess,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
    broken: tuple[type, str],
) -> None:
    # Other tests have said things as candidature on this broker: this database knows nothing of them.
    monkeypatch.setattr("shared.kit.reconciliation.events_topic", lambda service: topic)
    part, method = broken
    whole, failed = getattr(part, method), asyncio.Event()
    again = asyncio.Event()

    async def fail_once(self: object) -> object:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("nobody foresaw this")
        again.set()
        return await whole(self)

    monkeypatch.setattr(part, method, fail_once)
    async with working(database, kafka, service="candidature"):
        await asyncio.wait_for(again.wait(), 10)
        await say(sender, new_id())
        await drained(sender)


@pytest.mark.real_kafka
async def test_a_worker_waits_for_a_topic_that_is_missing_and_says_so(
    database: OwnDatabase,
    receiver: Database,
    kafka: KafkaAccess,
    topic: str,
    make_producer: Callable[[], AIOKafkaProducer],
) -> None:
    late, subject = f"{topic}.late", new_id()
    await send(make_producer, topic, subject, range(1, 2))
    async with working(database, kafka, topic, late) as worker:
        await asyncio.sleep(3.0)
        answer = await worker.get("/readyz")
        broker.create_topic(kafka.servers, late, 1)
        await worker.ready()
        await send(make_producer, late, subject, range(2, 3))
        found = await effects(receiver, 2)
    broker.delete_topics(kafka.servers, [late])

    assert (answer.status_code, answer.json()["checks"]["broker"]) == (503, "failed")
    assert found == [(subject, 1), (subject, 2)]


async def test_a_worker_whose_broker_is_down_starts_says_so_and_goes(database: OwnDatabase) -> None:
    async with working(database, KafkaAccess("127.0.0.1:1"), CANDIDATURE_EVENTS) as worker:
        await asyncio.sleep(1.5)
        answer, alive = await worker.get("/readyz"), await worker.get("/livez")
        told_to_go = time.monotonic()

    assert (answer.status_code, alive.status_code) == (503, 200)
    assert time.monotonic() - told_to_go < 5
