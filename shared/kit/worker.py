"""The second process of every service: it hears, sends, retries and watches the clock; its health is on HTTP."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from aiokafka.errors import KafkaError
from starlette.applications import Starlette

from shared.kit import tracing
from shared.kit.clock import Clock, SystemClock
from shared.kit.consume import Subscribers, WorkFactory
from shared.kit.consumer import Consumer
from shared.kit.database import DATABASE_TROUBLE, Database
from shared.kit.dead_letters import DeadLetters, DeadLettersUnavailable
from shared.kit.deadlines import DeadlineClock, DeadlineHandler
from shared.kit.health import Health, Readiness, database_answers, migrations_applied, operational_routes, outbox_drains
from shared.kit.inbox import Inbox
from shared.kit.kafka import KafkaAccess, broker, producer
from shared.kit.logging import configure_logging
from shared.kit.ports import UnitOfWork
from shared.kit.relay import Relay
from shared.kit.sandbox import SandboxClock
from shared.kit.settings import Settings

log = structlog.get_logger(__name__)

W = TypeVar("W", bound=UnitOfWork)

_STUCK_AFTER = 300.0
_TROUBLE: tuple[type[BaseException], ...] = (*DATABASE_TROUBLE, DeadLettersUnavailable)


@dataclass(frozen=True)
class Plant(Generic[W]):
    """What a task of a worker may use."""

    settings: Settings
    database: Database
    clock: Clock
    work_factory: WorkFactory[W]


Task = Callable[[Plant[W]], Awaitable[None]]


def create_worker_app(
    *,
    settings: Settings,
    subscribers: Subscribers[W],
    clocks: Mapping[str, DeadlineHandler[W]],
    work_factory: WorkFactory[W],
    tasks: Sequence[Task[W]] = (),
) -> Starlette:
    """The worker of a service as an ASGI application: its lifespan runs the consumer, the relay and the clocks.

    `tasks` run beside them until cancelled, and are started again, with a pause, when they fail.
    """
    configure_logging(settings)
    tracing.configure_tracing(settings, "worker")
    worker = _Worker(settings, subscribers, clocks, work_factory, tasks)
    routes = operational_routes(worker.readiness, alive=worker.alive)
    return Starlette(routes=routes, lifespan=worker.lifespan)


class _Worker(Generic[W]):
    def __init__(
        self,
        settings: Settings,
        subscribers: Subscribers[W],
        clocks: Mapping[str, DeadlineHandler[W]],
        work_factory: WorkFactory[W],
        tasks: Sequence[Task[W]],
    ) -> None:
        service = settings.service
        access = kafka_access(settings)
        self._database = Database(settings.database_url, service)
        self._clock: Clock = SandboxClock(self._database) if settings.sandbox else SystemClock()
        self._broker = broker(access, f"qmi-{service}")
        self._dead_letters = DeadLetters(lambda: producer(access, f"qmi-{service}-dead-letters"), subscribers.group)
        self._inbox = Inbox(self._database, subscribers, work_factory, self._clock, self._dead_letters)
        self._consumer = Consumer(self._broker, subscribers, self._inbox) if subscribers.topics else None
        self._relay = Relay(self._database, lambda: producer(access, f"qmi-{service}-relay"), service)
        self._deadlines = DeadlineClock(self._database, clocks, work_factory, self._clock)
        self._plant = Plant(settings, self._database, self._clock, work_factory)
        self._tasks = tasks
        self.readiness = Readiness(
            {
                "database": database_answers(self._database),
                "migrations": migrations_applied(self._database, service),
                "outbox": outbox_drains(self._database),
                "broker": self._assigned,
            }
        )

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Start what the worker does; on the way out, drain what is in flight before letting go."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(tracing.stop_tracing)
            await self._database.start()
            stack.push_async_callback(self._database.stop)
            stack.push_async_callback(self._dead_letters.stop)
            loops = [self._relay.run(), self._deadlines.run(), self._retry_parked(), self._watch()]
            running = [asyncio.create_task(loop) for loop in loops]
            running += [asyncio.create_task(self._keep_running(task)) for task in self._tasks]
            running.append(asyncio.create_task(self._consume()))
            stack.push_async_callback(_cancel, running)
            stack.push_async_callback(self._drain)
            yield

    async def _consume(self) -> None:
        """Join the group as soon as a broker answers; the service runs meanwhile, its outbox fills."""
        while self._consumer is not None:
            try:
                await self._broker.start()
            except (KafkaError, OSError) as error:
                log.warning("broker_unreachable", error=repr(error))
                await self._broker.stop()
                await asyncio.sleep(1.0)
            else:
                return

    async def _drain(self) -> None:
        if self._consumer is not None:
            self._consumer.stop_taking()
            await self._consumer.drained()
        await self._broker.stop()

    async def _retry_parked(self) -> None:
        while True:
            try:
                if await self._inbox.retry_parked():
                    continue
            except _TROUBLE as error:
                log.warning("parked_wait", error=repr(error))
                await asyncio.sleep(1.0)
            await asyncio.sleep(0.2)

    async def _keep_running(self, task: Task[W]) -> None:
        while True:
            try:
                await task(self._plant)
            except Exception:
                log.exception("task_failed", task=getattr(task, "__name__", repr(task)))
            await asyncio.sleep(1.0)

    async def _watch(self) -> None:
        """Clients of Kafka have hung for ever before: a consumer that is behind and does not move is ended."""
        while True:
            await asyncio.sleep(2.0)
            if self._consumer is not None:
                self._consumer.lag()
            if not self.alive():
                log.critical("consumer_stuck", seconds=_STUCK_AFTER)
                os.kill(os.getpid(), signal.SIGTERM)
                return

    def alive(self) -> bool:
        """Whether the consumer moves, waits for something that is down, or has nothing to do."""
        if self._consumer is None or self._inbox.waiting or not self._consumer.lag():
            return True
        return time.monotonic() - self._consumer.progressed_at < _STUCK_AFTER

    async def _assigned(self) -> Health:
        return Health.OK if self._consumer is None or self._consumer.assigned else Health.FAILED


def kafka_access(settings: Settings) -> KafkaAccess:
    """How this process reaches Kafka, according to its settings."""
    return KafkaAccess(
        servers=settings.kafka,
        protocol=settings.kafka_security,
        username=settings.kafka_username,
        password=settings.kafka_password,
        ca_file=settings.kafka_ca,
    )


async def _cancel(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
