"""The second process of every service: it hears, sends, retries and watches the clock; its health is on HTTP."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import structlog
from aiokafka.errors import KafkaError
from starlette.applications import Starlette

from shared.kit import garbage, kafka, tracing
from shared.kit.backlog import Backlog
from shared.kit.clock import Clock, SystemClock
from shared.kit.consume import Subscribers, WorkFactory
from shared.kit.consumer import Consumer
from shared.kit.database import DATABASE_TROUBLE, Database
from shared.kit.dead_letters import DeadLetters, DeadLettersUnavailable
from shared.kit.deadlines import DeadlineClock, DeadlineHandler
from shared.kit.health import Health, Readiness, database_answers, migrations_applied, operational_routes, outbox_drains
from shared.kit.inbox import Inbox
from shared.kit.logging import configure_logging
from shared.kit.ports import UnitOfWork
from shared.kit.reconciliation import Reconciliation
from shared.kit.relay import Relay
from shared.kit.sandbox import SandboxClock
from shared.kit.sealing import audit_tasks
from shared.kit.settings import Settings

log = structlog.get_logger(__name__)

W = TypeVar("W", bound=UnitOfWork)

_STUCK_AFTER = 300.0
_START_WITHIN = 60.0
_TROUBLE: tuple[type[BaseException], ...] = (*DATABASE_TROUBLE, KafkaError, DeadLettersUnavailable)


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
    audit = audit_tasks(settings, kafka_access(settings))
    worker = _Worker(settings, subscribers.heard_by(settings.group), clocks, work_factory, [*audit, *tasks])
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
        self._broker = kafka.broker(access, f"qmi-{service}")
        self._dead_letters = DeadLetters(
            lambda: kafka.producer(access, f"qmi-{service}-dead-letters", largest=kafka.LARGEST_DEAD_LETTER),
            subscribers.group,
        )
        self._inbox = Inbox(self._database, subscribers, work_factory, self._clock, self._dead_letters)
        self._consumer = Consumer(self._broker, subscribers, self._inbox) if subscribers.topics else None
        reconciliation = Reconciliation(access, service)
        self._relay = Relay(
            self._database,
            lambda: kafka.producer(access, f"qmi-{service}-relay"),
            service,
            may_speak=reconciliation.wait,
        )
        self._deadlines = DeadlineClock(self._database, clocks, work_factory, self._clock)
        self._backlog = Backlog(self._database, self._clock)
        self._plant = Plant(settings, self._database, self._clock, work_factory)
        self._tasks = tasks
        self.readiness = Readiness(
            {
                "database": database_answers(self._database),
                "migrations": migrations_applied(self._database, service),
                "outbox": outbox_drains(self._database),
                "broker": self._hears,
                "reconciled": reconciliation.health,
            }
        )

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Start what the worker does; on the way out, drain what is in flight before letting go."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(tracing.stop_tracing)
            await self._database.start_once_up(_START_WITHIN)
            stack.push_async_callback(self._database.stop)
            stack.push_async_callback(self._dead_letters.stop)
            parts = [self._relay.run, self._deadlines.run, self._retry_parked, self._watch, self._backlog.run]
            parts += [partial(self._run, task) for task in self._tasks]
            stack.push_async_callback(_cancel, [asyncio.create_task(_keep_running(part)) for part in parts])
            stack.push_async_callback(self._drain)
            stack.push_async_callback(_cancel, [asyncio.create_task(_keep_running(self._hear))])
            garbage.settle()
            yield

    async def _run(self, task: Task[W]) -> None:
        await task(self._plant)

    async def _hear(self) -> None:
        """Join the group as soon as a broker with all its topics answers; meanwhile the rest works."""
        if self._consumer is not None:
            try:
                await self._broker.start()
            except BaseException:
                await self._broker.stop()
                raise
        await asyncio.Event().wait()

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(kafka.DRAIN_SECONDS * 1.5):
                if self._consumer is not None:
                    await self._consumer.stop_taking(within=kafka.DRAIN_SECONDS * 0.4)
                await self._broker.stop()
        except (TimeoutError, KafkaError) as error:
            log.warning("not_drained", error=repr(error))

    async def _retry_parked(self) -> None:
        while True:
            if not await self._inbox.retry_parked():
                await asyncio.sleep(0.2)

    async def _watch(self) -> None:
        """Clients of Kafka have hung for ever before: a consumer that is behind and does not move is ended."""
        while self._consumer is not None:
            await asyncio.sleep(2.0)
            await self._consumer.measure()
            if not self.alive():
                log.critical("consumer_stuck", seconds=_STUCK_AFTER)
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.sleep(60.0)
        await asyncio.Event().wait()

    def alive(self) -> bool:
        """Whether the consumer moves, waits for something that is down, or has nothing to do."""
        return self._consumer is None or self._inbox.waiting or self._consumer.stuck_for() < _STUCK_AFTER

    async def _hears(self) -> Health:
        if self._consumer is None:
            return Health.OK
        if not self._consumer.assigned:
            return Health.FAILED
        return Health.DEGRADED if self._inbox.waiting else Health.OK


def kafka_access(settings: Settings) -> kafka.KafkaAccess:
    """How this process reaches Kafka, according to its settings."""
    return kafka.KafkaAccess(
        servers=settings.kafka,
        protocol=settings.kafka_security,
        username=settings.kafka_username,
        password=settings.kafka_password,
        ca_file=settings.kafka_ca,
    )


async def _keep_running(part: Callable[[], Awaitable[None]]) -> None:
    """No part of a worker ends before it: what nobody foresaw is logged, and the part starts again."""
    while True:
        try:
            await part()
        except _TROUBLE as error:
            log.warning("part_waits", part=str(part), error=repr(error))
        except Exception:
            log.exception("part_failed", part=str(part))
        await asyncio.sleep(1.0)


async def _cancel(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=5.0)
