"""Consuming, as a service sees it: which handler hears which topic, and how one is run."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from shared.events.envelope import Envelope
from shared.kit import tracing
from shared.kit.clock import Clock
from shared.kit.database import UNREACHABLE, Connection, Database
from shared.kit.ports import UnitOfWork
from shared.kit.provenance import Provenance
from shared.kit.record import Record
from shared.kit.telemetry import HANDLING_SECONDS
from shared.kit.unit_of_work import Joined
from shared.kit.verdict import is_outage

W_contra = TypeVar("W_contra", bound=UnitOfWork, contravariant=True)
W = TypeVar("W", bound=UnitOfWork)
W_co = TypeVar("W_co", bound=UnitOfWork, covariant=True)


class Handler(Protocol[W_contra]):
    """Translates a message into use cases; everything it does is in the transaction of the inbox claim."""

    def __call__(self, message: Envelope, work: W_contra, clock: Clock, /) -> Awaitable[None]:
        """Handle one message."""
        ...


class WorkFactory(Protocol[W_co]):
    """Makes the unit of work of a service; with `joined`, inside a transaction somebody else commits."""

    def __call__(self, database: Database, provenance: Provenance, *, joined: Joined | None = None) -> W_co:
        """Make one."""
        ...


class Subscribers(Generic[W]):
    """The subscriptions of a service: one consumer group, one consumer, several topics, one handler each."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.handlers: dict[str, Handler[W]] = {}

    def on(self, topic: str) -> Callable[[Handler[W]], Handler[W]]:
        """Register the handler of a topic."""

        def register(handler: Handler[W]) -> Handler[W]:
            if topic in self.handlers:
                raise ValueError(f"{topic} has a handler already")
            self.handlers[topic] = handler
            return handler

        return register

    def heard_by(self, group: str | None) -> "Subscribers[W]":
        """The same subscriptions in the name of another group; themselves when none is given."""
        if group is None:
            return self
        others: Subscribers[W] = Subscribers(group)
        others.handlers = self.handlers
        return others

    @property
    def topics(self) -> list[str]:
        """What the group hears."""
        return sorted(self.handlers)


class HandlerBroke(Exception):
    """A bug that would pass for an outage if it were let through: the message is at fault, not the infrastructure."""


class Handling(Generic[W]):
    """Runs the handlers of a service."""

    def __init__(
        self, database: Database, subscribers: Subscribers[W], work_factory: WorkFactory[W], clock: Clock
    ) -> None:
        self._database = database
        self._subscribers = subscribers
        self._work_factory = work_factory
        self._clock = clock
        self._seconds = {topic: HANDLING_SECONDS.labels(subscribers.group, topic) for topic in subscribers.topics}

    async def run(self, connection: Connection, record: Record) -> bool:
        """Run the handler of a record in the caller's transaction; whether it left something in the outbox."""
        with tracing.processing(self._subscribers.group, record) as traceparent:
            return await self._handle(connection, record, traceparent)

    async def _handle(self, connection: Connection, record: Record, traceparent: str | None) -> bool:
        message = record.envelope
        handler = self._subscribers.handlers[record.topic]
        provenance = Provenance(
            actor=message.actor or f"system:{self._subscribers.group}",
            organisation=None,
            correlation_id=message.correlation_id,
            causation_id=message.id,
            traceparent=traceparent,
            at=await self._clock.now(),
        )
        joined = Joined(connection)
        work = self._work_factory(self._database, provenance, joined=joined)
        began = time.perf_counter()
        try:
            await handler(message, work, self._clock)
        except UNREACHABLE as error:
            if is_outage(error, connection):
                raise
            raise HandlerBroke(f"{type(error).__name__}: {error}") from error
        finally:
            self._seconds[record.topic].observe(time.perf_counter() - began)
        return joined.published
