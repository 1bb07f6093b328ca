"""The sending half of reliable messaging: what is in the outbox goes to Kafka, in order per key, and leaves it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.structs import RecordMetadata

from shared.events.envelope import WireRecord
from shared.kit import tracing
from shared.kit.database import DATABASE_TROUBLE, Connection, Database
from shared.kit.identity import new_id
from shared.kit.kafka import let_go
from shared.kit.shards import Shards
from shared.kit.stored import LOG_COLUMNS, records_of
from shared.kit.telemetry import RELAY_INTERRUPTIONS, RELAY_LATENCY, RELAY_REFUSED, RELAYED

log = structlog.get_logger(__name__)

_PENDING = f"""
SELECT o.id, o.key, o.state, o.position, {LOG_COLUMNS},
       extract(epoch FROM clock_timestamp() - o.created_at)::float AS age
FROM outbox AS o LEFT JOIN event_log AS e USING (position)
WHERE o.shard = ANY($1::smallint[]) AND o.key <> ALL($2::uuid[])
ORDER BY o.id LIMIT $3
"""  # noqa: S608

# What Kafka will not take, as it is or where it goes, however often it is asked.
_NO_TOPIC = (UnknownTopicOrPartitionError, TopicAuthorizationFailedError, InvalidTopicError)
_REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, *_NO_TOPIC)
_INTERRUPTIONS: tuple[type[BaseException], ...] = (*DATABASE_TROUBLE, KafkaError)
_REFUSED_PAUSE = 60.0
_STEADY = 30.0


async def _at_once(connection: Connection) -> None:
    """Nothing to wait for."""


class Relay:
    """Sends the outbox of one service; several may run, each owning some shards.

    No cursor over ids: what is unsent is what is still there. A row leaves when Kafka has acknowledged it and every
    earlier row of its key. A crash between acknowledgement and delete sends again: the inboxes drop that.
    """

    def __init__(
        self,
        database: Database,
        make_producer: Callable[[], AIOKafkaProducer],
        service: str,
        *,
        batch: int = 500,
        poll: float = 0.1,
        may_speak: Callable[[Connection], Awaitable[None]] = _at_once,
    ) -> None:
        self._database = database
        self._make_producer = make_producer
        self._service = service
        self._batch = batch
        self._poll = poll
        self._may_speak = may_speak
        self._member = new_id()
        self._wake = asyncio.Event()
        self._refused: dict[UUID, float] = {}
        self._shut: dict[str, float] = {}
        database.on_published(self._wake.set)

    async def run(self) -> None:
        """Send until cancelled, surviving the loss of PostgreSQL and of Kafka."""
        pause = 0.2
        while True:
            began = time.monotonic()
            try:
                await self._session()
            except _INTERRUPTIONS as error:
                pause = 0.2 if time.monotonic() - began > _STEADY else min(5.0, pause * 2)
                RELAY_INTERRUPTIONS.inc()
                log.warning("relay_interrupted", service=self._service, error=repr(error), retry_in=pause)
                await asyncio.sleep(pause)

    async def _session(self) -> None:
        # A session lives as long as its connection and its producer: both are made anew after any failure.
        connection = await self._database.connect()
        producer = self._make_producer()
        shards = Shards(connection, self._database.schema, self._member)
        try:
            await self._may_speak(connection)
            await producer.start()
            await connection.add_listener(self._database.channel, lambda *_: self._wake.set())
            while True:
                owned = await shards.balance()
                self._wake.clear()
                if not await self._send_batch(connection, producer, owned):
                    await self._rest()
        finally:
            await let_go(producer)
            if not connection.is_closed():
                await _quietly(shards.leave())
                await _quietly(connection.close(timeout=2))

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll):
                await self._wake.wait()

    async def _send_batch(self, connection: Connection, producer: AIOKafkaProducer, owned: set[int]) -> bool:
        """Send what is pending, delete what is acknowledged; whether there may be more."""
        now = time.monotonic()
        self._refused = {key: until for key, until in self._refused.items() if until > now}
        self._shut = {topic: until for topic, until in self._shut.items() if until > now}
        rows = await connection.fetch(_PENDING, sorted(owned), list(self._refused), self._batch)
        if not rows:
            return False
        acknowledged, failure = await self._send(producer, rows)
        if acknowledged:
            await connection.execute(
                "DELETE FROM outbox WHERE id = ANY($1::bigint[])", [row["id"] for row in acknowledged]
            )
            RELAYED.inc(len(acknowledged))
            for row in acknowledged:
                RELAY_LATENCY.observe(row["age"] + time.monotonic() - now)
        if failure is not None:
            raise failure
        return True

    async def _send(
        self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]
    ) -> tuple[list[asyncpg.Record], BaseException | None]:
        """The rows acknowledged, with all before them of the same key; and what went wrong with others.

        Whatever it is, what is in flight is waited for: else it would be sent again, or land after what follows.
        """
        in_flight, interruption = [], None
        for row in rows:
            try:
                if row["key"] not in self._refused and (sends := await self._start(producer, row)):
                    in_flight.append((row, sends))
            except _INTERRUPTIONS as error:
                interruption = error
                break
        if in_flight:
            await asyncio.wait([send for _, sends in in_flight for send in sends])
        acknowledged, stopped = [], set()
        for row, sends in in_flight:
            failure = next(filter(None, (send.exception() for send in sends)), None)
            if failure is not None:
                stopped.add(row["key"])
                if isinstance(failure, _REFUSALS):
                    self._refuse(row, failure)
                else:
                    interruption = interruption or failure
            elif row["key"] not in stopped:
                acknowledged.append(row)
        return acknowledged, interruption

    async def _start(self, producer: AIOKafkaProducer, row: asyncpg.Record) -> "list[asyncio.Future[RecordMetadata]]":
        """Put a row in flight; nothing, and its key stopped, when it or where it goes cannot be sent to at all."""
        try:
            records = records_of(self._service, row)
            if shut := [topic for topic, _ in records if topic in self._shut]:
                raise UnknownTopicOrPartitionError(*shut)
            return [await self._put(producer, topic, record) for topic, record in records]
        except Exception as error:
            if isinstance(error, _INTERRUPTIONS) and not isinstance(error, _REFUSALS):
                raise
            self._refuse(row, error)
            return []

    async def _put(
        self, producer: AIOKafkaProducer, topic: str, record: WireRecord
    ) -> "asyncio.Future[RecordMetadata]":
        try:
            return await tracing.send(producer, topic, record)
        except _NO_TOPIC:
            # It took a while to know: the next row for this topic need not ask.
            self._shut[topic] = time.monotonic() + _REFUSED_PAUSE
            raise

    def _refuse(self, row: asyncpg.Record, error: BaseException) -> None:
        """Stop this key, not the others: nothing later of it may overtake what Kafka will not take."""
        if row["key"] in self._refused:
            return
        self._refused[row["key"]] = time.monotonic() + _REFUSED_PAUSE
        RELAY_REFUSED.inc()
        log.error("relay_refused", service=self._service, key=str(row["key"]), outbox_id=row["id"], error=repr(error))


async def _quietly(closing: Awaitable[None]) -> None:
    try:
        await asyncio.wait_for(closing, 5)
    except _INTERRUPTIONS as error:
        log.debug("relay_close", error=repr(error))
