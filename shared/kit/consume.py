"""Consuming: which handler hears which topic, and what becomes of every message: done, parked, dead or waited for."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

import structlog

from shared.events.envelope import BadEnvelope, Envelope
from shared.kit import inbox, park
from shared.kit.clock import Clock
from shared.kit.database import COLLISIONS, UNREACHABLE, Connection, Database
from shared.kit.dead_letters import DeadLetters, DeadLettersUnavailable
from shared.kit.outbox import VersionTaken
from shared.kit.ports import UnitOfWork
from shared.kit.provenance import Provenance
from shared.kit.record import Record
from shared.kit.refusals import NotFound, Refusal, Stale
from shared.kit.telemetry import CONSUMER_PAUSES, HANDLING_SECONDS, MESSAGES
from shared.kit.unit_of_work import Joined

log = structlog.get_logger(__name__)

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

    @property
    def topics(self) -> list[str]:
        """What the group hears."""
        return sorted(self.handlers)


# A permanent refusal is an answer: the message can never work. NotFound and Stale may be a matter of order.
_FOR_NOW = (NotFound, Stale)
_WAIT_FOR: tuple[type[BaseException], ...] = (*UNREACHABLE, DeadLettersUnavailable)


class Inbox(Generic[W]):
    """Takes batches of records through their handlers, once each, in order per key."""

    def __init__(
        self,
        database: Database,
        subscribers: Subscribers[W],
        work_factory: WorkFactory[W],
        clock: Clock,
        dead_letters: DeadLetters,
        *,
        backoff: park.Backoff | None = None,
    ) -> None:
        self._database = database
        self._subscribers = subscribers
        self._group = subscribers.group
        self._work_factory = work_factory
        self._clock = clock
        self._dead_letters = dead_letters
        self._backoff = backoff or park.Backoff()
        self.waiting = False

    async def take(self, records: Iterable[Record], *, abandon: asyncio.Event) -> bool:
        """Bring every record to an end and commit; False when `abandon` was set first: then acknowledge nothing.

        Infrastructure that is down is waited for, with back-off: it is nobody's fault.
        """
        left = deque(records)
        together = len(left) > 1 and not any(isinstance(record.content, BadEnvelope) for record in left)
        pause = 0.1
        while left and not abandon.is_set():
            try:
                await self._advance(left, together=together)
                self.waiting, pause = False, 0.1
            except _WAIT_FOR as error:
                self.waiting = True
                CONSUMER_PAUSES.labels(self._group).inc()
                log.warning("consumer_waits", group=self._group, error=repr(error), retry_in=pause)
                await _pause(abandon, pause)
                pause = min(10.0, pause * 2)
            except Exception as error:
                if not together:
                    raise
                log.info("batch_split", group=self._group, records=len(left), error=repr(error))
                together = False
        return not left

    async def _advance(self, left: deque[Record], *, together: bool) -> None:
        """Take all in one transaction, or only the first in its own."""
        if together:
            await self._in_one_transaction(left)
            left.clear()
        else:
            await self._alone(left[0])
            left.popleft()

    async def _in_one_transaction(self, records: Collection[Record]) -> None:
        outcomes: list[tuple[str, str]] = []
        async with self._database.transaction() as connection:
            blocked = await park.blocked(connection, self._group, records)
            unclaimed = await inbox.claim(
                connection, self._group, [record.identity for record in records if record.queue not in blocked]
            )
            published = False
            for record in records:
                outcome = await self._decide(connection, record, blocked, unclaimed)
                published = published or outcome == "published"
                outcomes.append((record.topic, "done" if outcome == "published" else outcome))
        self._committed(outcomes, published)

    async def _decide(
        self, connection: Connection, record: Record, blocked: set[tuple[str, bytes]], unclaimed: set[tuple[str, str]]
    ) -> str:
        if record.queue in blocked:
            await park.park(connection, self._group, record, reason="behind", attempts=0, wait=timedelta())
            return "parked"
        if record.identity not in unclaimed:
            return "duplicate"
        unclaimed.discard(record.identity)
        return "published" if await self._handle(connection, record) else "done"

    async def _alone(self, record: Record) -> None:
        if isinstance(record.content, BadEnvelope):
            await self._bury_unreadable(record, record.content)
            return
        try:
            await self._in_one_transaction([record])
        except _WAIT_FOR:
            raise
        except Exception as error:
            await self._failed(record, error)

    async def _failed(self, record: Record, error: Exception) -> None:
        """A refusal is final; anything else is parked, to be tried again."""
        async with self._database.transaction() as connection:
            if isinstance(error, Refusal) and not isinstance(error, _FOR_NOW):
                if await inbox.claim(connection, self._group, [record.identity]):
                    await self._dead_letters.send(record, reason=error.slug, detail=str(error), attempts=1)
                outcome = "dead"
            else:
                wait = self._backoff.delay(1)
                await park.park(connection, self._group, record, reason=_reason(error), attempts=1, wait=wait)
                log.warning("parked", group=self._group, topic=record.topic, reason=_reason(error))
                outcome = "parked"
        self._committed([(record.topic, outcome)], published=False)

    async def _bury_unreadable(self, record: Record, error: BadEnvelope) -> None:
        # Without identity there is no claim: a redelivery writes a second copy, and none is ever lost.
        await self._dead_letters.send(record, reason=error.reason, detail=error.detail, attempts=1)
        self._committed([(record.topic, "dead")], published=False)

    async def retry_parked(self) -> bool:
        """Try the most overdue head once; whether there was one. Infrastructure errors are raised."""
        async with self._database.transaction() as connection:
            parked = await park.next_head(connection, self._group)
            if parked is None:
                return False
            outcome, published = await self._retry(connection, parked)
        self._committed([(parked.record.topic, outcome)], published)
        return True

    async def _retry(self, connection: Connection, parked: park.Parked) -> tuple[str, bool]:
        try:
            async with connection.transaction():
                fresh = await inbox.claim(connection, self._group, [parked.record.identity])
                published = await self._handle(connection, parked.record) if fresh else False
                await park.release(connection, parked)
                return ("done" if fresh else "duplicate"), published
        except _WAIT_FOR:
            raise
        except Exception as error:
            return await self._failed_again(connection, parked, error), False

    async def _failed_again(self, connection: Connection, parked: park.Parked, error: Exception) -> str:
        final = isinstance(error, Refusal) and not isinstance(error, _FOR_NOW)
        if not final and parked.attempts < self._backoff.attempts:
            wait = self._backoff.delay(parked.attempts + 1)
            await park.postpone(connection, parked, reason=_reason(error), wait=wait)
            return "postponed"
        reason = error.slug if isinstance(error, Refusal) else "handler-failed"
        await self._dead_letters.send(parked.record, reason=reason, detail=_reason(error), attempts=parked.attempts + 1)
        await inbox.claim(connection, self._group, [parked.record.identity])
        await park.release(connection, parked)
        return "dead"

    async def _handle(self, connection: Connection, record: Record) -> bool:
        """Run the handler; whether it left something in the outbox."""
        message = record.envelope
        handler = self._subscribers.handlers[record.topic]
        provenance = Provenance(
            actor=message.actor or f"system:{self._group}",
            organisation=None,
            correlation_id=message.correlation_id,
            causation_id=message.id,
            traceparent=message.traceparent,
            at=await self._clock.now(),
        )
        joined = Joined(connection)
        work = self._work_factory(self._database, provenance, joined=joined)
        with HANDLING_SECONDS.labels(self._group, record.topic).time():
            await handler(message, work, self._clock)
        return joined.published

    def _committed(self, outcomes: Sequence[tuple[str, str]], published: bool) -> None:
        for topic, outcome in outcomes:
            MESSAGES.labels(self._group, topic, outcome).inc()
        if published:
            self._database.published()


async def _pause(abandon: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(abandon.wait(), seconds)


def _reason(error: Exception) -> str:
    if isinstance(error, (VersionTaken, *COLLISIONS)):
        return "collision"
    return f"{type(error).__name__}: {error}"
