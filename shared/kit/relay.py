"""The sending half of reliable messaging: what is in the outbox goes to Kafka, in order per key, and leaves it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.kit.database import DATABASE_TROUBLE, Connection, Database
from shared.kit.identity import new_id
from shared.kit.kafka import let_go
from shared.kit.pipeline import BY_INDEX, Pipeline
from shared.kit.shards import Shards
from shared.kit.shipping import REFUSALS, Dock
from shared.kit.telemetry import RELAY_INTERRUPTIONS

log = structlog.get_logger(__name__)

_INTERRUPTIONS: tuple[type[BaseException], ...] = (*DATABASE_TROUBLE, KafkaError)
_STEADY = 30.0
# How long pages may follow each other before the shards are shared out anew: shorter than a key is ever stopped.
_TURN = 1.0
_FAREWELL = 2.0
# Under a steady flow, how long events may gather between two pages: a page costs more than the events in it.
_GATHER = 0.004


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
        page: int = 1000,
        poll: float = 0.1,
        may_speak: Callable[[Connection], Awaitable[None]] = _at_once,
    ) -> None:
        self._database = database
        self._make_producer = make_producer
        self._service = service
        self._page = page
        self._poll = poll
        self._may_speak = may_speak
        self._member = new_id()
        self._wake = asyncio.Event()
        self._dock = Dock(service)
        database.on_published(self._wake.set)

    async def run(self) -> None:
        """Send until cancelled, surviving the loss of PostgreSQL and of Kafka."""
        pause = 0.2
        while True:
            began = time.monotonic()
            try:
                await self._session()
            except _INTERRUPTIONS as error:
                steady = time.monotonic() - began > _STEADY or isinstance(error, REFUSALS)
                pause = 0.2 if steady else min(5.0, pause * 2)
                RELAY_INTERRUPTIONS.inc()
                log.warning("relay_interrupted", service=self._service, error=repr(error), retry_in=pause)
                await asyncio.sleep(pause)

    async def _session(self) -> None:
        # A session lives as long as its connection and its producer: both are made anew after any failure.
        connection = await self._database.connect()
        producer = self._make_producer()
        shards = Shards(connection, self._database.schema, self._member)
        try:
            await connection.execute(BY_INDEX)
            await self._may_speak(connection)
            await producer.start()
            await connection.add_listener(self._database.channel, lambda *_: self._wake.set())
            while True:
                owned = await shards.balance()
                self._wake.clear()
                if not await self._send_pending(connection, producer, owned):
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

    async def _send_pending(self, connection: Connection, producer: AIOKafkaProducer, owned: set[int]) -> bool:
        """Send what is pending, page after page for a while, and clear what is acknowledged; whether more may wait."""
        pipeline = Pipeline(connection, producer, self._dock, owned, page=self._page)
        end, in_time = time.monotonic() + _TURN, True
        try:
            rows = await pipeline.read()
            while rows:
                in_time = time.monotonic() < end
                rows = await pipeline.send(rows, read_on=in_time and len(rows) == self._page)
                if not rows:
                    await pipeline.land()
                    await asyncio.sleep(_GATHER)
                    rows = await pipeline.read() if in_time else []
        except BaseException as stop:
            # What is in flight is waited for: else it would be sent again, or land after what follows.
            with suppress(Exception):
                async with asyncio.timeout(_FAREWELL if isinstance(stop, asyncio.CancelledError) else None):
                    await pipeline.clear()
            raise
        await pipeline.clear()
        return not in_time


async def _quietly(closing: Awaitable[None]) -> None:
    try:
        await asyncio.wait_for(closing, 5)
    except _INTERRUPTIONS as error:
        log.debug("relay_close", error=repr(error))
