"""The reading half: a message is claimed once per consumer group, in the transaction of its effects."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, takewhile
from typing import Generic

import structlog

from shared.events.envelope import BadEnvelope
from shared.kit import park, tracing
from shared.kit.claims import mark_dead
from shared.kit.clock import Clock
from shared.kit.consume import Handling, Subscribers, W, WorkFactory
from shared.kit.database import Connection, Database
from shared.kit.dead_letters import DeadLetters, DeadLettersUnavailable
from shared.kit.record import Record
from shared.kit.telemetry import CONSUMER_PAUSES, MESSAGES
from shared.kit.verdict import WAIT_FOR, explanation, is_final, slug

log = structlog.get_logger(__name__)

_BEHIND_AT_ONCE = 100


async def claim(connection: Connection, group: str, messages: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Claim messages, given as (source, id), for `group`; returns those nobody had claimed before."""
    pairs = list(messages)
    rows = await connection.fetch(
        "INSERT INTO inbox (consumer_group, source, id) SELECT $1, * FROM unnest($2::text[], $3::text[])"
        " ON CONFLICT DO NOTHING RETURNING source, id",
        group,
        [source for source, _ in pairs],
        [identifier for _, identifier in pairs],
    )
    return {(row["source"], row["id"]) for row in rows}


@dataclass
class _Attempt:
    """Records tried in one transaction, and which of them it broke at, if it was any of them."""

    records: Sequence[Record]
    suspect: int | None = None

    @property
    def before(self) -> int:
        """How many to try next: all before the suspect; half where none is to blame."""
        return len(self.records) // 2 if self.suspect is None else self.suspect

    def taken_apart(self) -> list[int]:
        """How many to try next, the last number first: those before the suspect, then it alone."""
        alone = [] if self.suspect is None else [1]
        return [*alone, self.before] if self.before else alone


class Inbox(Generic[W]):
    """Takes records through their handlers, once each, in order per key: done, parked, dead or waited for."""

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
        self._group = subscribers.group
        self._handling = Handling(database, subscribers, work_factory, clock)
        self._dead_letters = dead_letters
        self._backoff = backoff or park.Backoff()
        self.waiting = False

    async def take(self, records: Iterable[Record], *, abandon: asyncio.Event) -> bool:
        """Bring every record to an end and commit; False when `abandon` was set first: then acknowledge nothing.

        Never raises, for what is not brought to an end must not be passed over: whatever is down is waited for.
        """
        left = deque(records)
        apart: list[int] = []
        pause = 0.1
        while left and not abandon.is_set():
            attempt = _Attempt(list(islice(left, apart.pop() if apart else _readable_together(left))))
            try:
                await self._advance(attempt)
                self.waiting, pause = False, 0.1
                for _ in attempt.records:
                    left.popleft()
            except Exception as error:
                if len(attempt.records) > 1 and not isinstance(error, WAIT_FOR):
                    apart = attempt.taken_apart()
                    log.info("batch_split", group=self._group, records=len(attempt.records), error=repr(error))
                    continue
                apart.append(len(attempt.records))
                self.waiting = True
                CONSUMER_PAUSES.labels(self._group).inc()
                unforeseen = not isinstance(error, WAIT_FOR)
                log.warning("consumer_waits", group=self._group, error=repr(error), retry_in=pause, exc_info=unforeseen)
                await _pause(abandon, pause)
                pause = min(10.0, pause * 2)
        self.waiting = False
        return not left

    async def _advance(self, attempt: "_Attempt") -> None:
        with tracing.batch(self._group, attempt.records):
            if len(attempt.records) > 1:
                await self._in_one_transaction(attempt)
            else:
                await self._alone(attempt)

    async def _in_one_transaction(self, attempt: "_Attempt") -> None:
        records = attempt.records
        outcomes: list[tuple[str, str]] = []
        async with self._database.transaction() as connection:
            blocked = await park.blocked(connection, self._group, records)
            identities = [record.identity for record in records]
            unclaimed = await claim(
                connection,
                self._group,
                [known for known, record in zip(identities, records, strict=True) if record.queue not in blocked],
            )
            published = False
            for attempt.suspect, record in enumerate(records):
                outcome = await self._decide(connection, record, identities[attempt.suspect], blocked, unclaimed)
                published = published or outcome == "published"
                outcomes.append((record.topic, "done" if outcome == "published" else outcome))
            attempt.suspect = None
            # Where a handler swallowed an error of PostgreSQL, COMMIT would roll back without a word: this raises.
            await connection.execute("SELECT")
        self._committed(outcomes, published)

    async def _decide(
        self,
        connection: Connection,
        record: Record,
        identity: tuple[str, str],
        blocked: set[tuple[str, bytes]],
        unclaimed: set[tuple[str, str]],
    ) -> str:
        if record.queue in blocked:
            await park.park(connection, self._group, record, reason="behind", attempts=0, wait=timedelta())
            return "parked"
        if identity not in unclaimed:
            return "duplicate"
        unclaimed.discard(identity)
        return "published" if await self._handling.run(connection, record) else "done"

    async def _alone(self, attempt: "_Attempt") -> None:
        [record] = attempt.records
        if isinstance(record.content, BadEnvelope):
            # Without identity there is no claim: a redelivery writes a second copy, and none is ever lost.
            await self._dead_letters.send(record, reason=slug(record.content), detail=record.content.detail, attempts=1)
            self._committed([(record.topic, "dead")], published=False)
            return
        try:
            await self._in_one_transaction(attempt)
        except WAIT_FOR:
            raise
        except Exception as error:
            await self._failed(record, error)

    async def _failed(self, record: Record, error: Exception) -> None:
        """A refusal is final; anything else is parked, to be tried again."""
        async with self._database.transaction() as connection:
            if is_final(error):
                if await claim(connection, self._group, [record.identity]):
                    await self._dead_letters.send(record, reason=slug(error), detail=str(error), attempts=1)
                    await mark_dead(connection, self._group, record.identity)
                outcome = "dead"
            else:
                wait = self._backoff.delay(1)
                await park.park(connection, self._group, record, reason=explanation(error), attempts=1, wait=wait)
                log.warning("parked", group=self._group, topic=record.topic, reason=explanation(error))
                outcome = "parked"
        self._committed([(record.topic, outcome)], published=False)

    async def retry_parked(self) -> bool:
        """Try the most overdue head once, then what waits behind it; whether there was one.

        Infrastructure errors are raised.
        """
        async with self._database.transaction() as connection:
            head = await park.next_head(connection, self._group)
            if head is None:
                return False
            outcome, published = await self._retry(connection, head)
            outcomes = [outcome]
            if outcome != "postponed":
                queue = await park.behind(connection, self._group, head, _BEHIND_AT_ONCE)
                followed, also = await self._follow(connection, queue)
                outcomes, published = [outcome, *followed], published or also
        self._committed([(head.record.topic, outcome) for outcome in outcomes], published)
        return True

    async def _follow(self, connection: Connection, queue: Sequence[park.Parked]) -> tuple[list[str], bool]:
        """Handle together what follows a head, up to the first that breaks, which is a head from then on."""
        while queue:
            attempt = _Attempt([parked.record for parked in queue])
            try:
                return await self._handle_queue(connection, queue, attempt)
            except WAIT_FOR:
                raise
            except Exception as error:
                log.info("queue_cut", group=self._group, records=len(queue), error=repr(error))
                queue = queue[: attempt.before]
        return [], False

    async def _handle_queue(
        self, connection: Connection, queue: Sequence[park.Parked], attempt: _Attempt
    ) -> tuple[list[str], bool]:
        outcomes, published = [], False
        async with connection.transaction():
            await park.release(connection, *queue)
            fresh = await claim(connection, self._group, [parked.identity for parked in queue])
            for attempt.suspect, parked in enumerate(queue):
                if parked.identity in fresh:
                    published = await self._handling.run(connection, parked.record) or published
                outcomes.append("done" if parked.identity in fresh else "duplicate")
            attempt.suspect = None
        return outcomes, published

    async def _retry(self, connection: Connection, parked: park.Parked) -> tuple[str, bool]:
        try:
            async with connection.transaction():
                fresh = await claim(connection, self._group, [parked.identity])
                published = await self._handling.run(connection, parked.record) if fresh else False
                await park.release(connection, parked)
                return ("done" if fresh else "duplicate"), published
        except WAIT_FOR:
            raise
        except Exception as error:
            return await self._failed_again(connection, parked, error), False

    async def _failed_again(self, connection: Connection, parked: park.Parked, error: Exception) -> str:
        if is_final(error) or parked.attempts >= self._backoff.attempts:
            try:
                await self._bury(connection, parked, error)
                return "dead"
            except DeadLettersUnavailable as unavailable:
                error = unavailable  # the heads of other keys need not wait for that
        wait = self._backoff.delay(parked.attempts + 1)
        await park.postpone(connection, parked, reason=explanation(error), wait=wait)
        return "postponed"

    async def _bury(self, connection: Connection, parked: park.Parked, error: Exception) -> None:
        attempts = parked.attempts + 1
        await self._dead_letters.send(parked.record, reason=slug(error), detail=explanation(error), attempts=attempts)
        if await claim(connection, self._group, [parked.identity]):
            await mark_dead(connection, self._group, parked.identity)
        await park.release(connection, parked)

    def _committed(self, outcomes: Sequence[tuple[str, str]], published: bool) -> None:
        for (topic, outcome), times in Counter(outcomes).items():
            MESSAGES.labels(self._group, topic, outcome).inc(times)
        if published:
            self._database.published()


def _readable_together(records: Iterable[Record]) -> int:
    """How many come before one that cannot be read, which goes alone."""
    readable = takewhile(lambda record: not isinstance(record.content, BadEnvelope), records)
    return max(1, sum(1 for _ in readable))


async def _pause(abandon: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await abandon.wait()
