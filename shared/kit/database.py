"""The connection pool of a service, on its own schema, and what tells the relay that there is work."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import orjson
import structlog

from shared.kit.telemetry import POOL_EXHAUSTED, POOL_WAIT

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

log = structlog.get_logger(__name__)

# Nobody's fault and not for ever: wait and try again. A connection lost in COMMIT is among them, outcome unknown.
UNREACHABLE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.OutOfMemoryError,
)
# A server whose client vanished without a word lets go of its locks, of those of a relay first, within half a minute.
_SESSION = {
    "timezone": "UTC",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# An administrator's or the server's doing, from PostgreSQL itself.
DATABASE_TROUBLE: tuple[type[BaseException], ...] = (*UNREACHABLE, asyncpg.PostgresError)
# Two transactions collided: the same work, done again, succeeds.
COLLISIONS: tuple[type[BaseException], ...] = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# Longer than the patience of whoever waits: a server that is slow, not gone, must be reached in the end.
_CONNECT_WITHIN = 10.0


class Database:
    """A pool whose unqualified names are those of one schema.

    Nothing of a session may be left on its connections (LISTEN, SET, session locks): they are not reset between uses.
    """

    def __init__(self, dsn: str, schema: str, *, max_size: int = 10, patience: float = 2.0) -> None:
        self._dsn = dsn
        self.schema = schema
        self._max_size = max_size
        self._patience = patience
        self._pool: Pool | None = None
        self._published = asyncio.Event()
        self._notifier: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def channel(self) -> str:
        """The NOTIFY channel on which relays of this schema listen."""
        return f"{self.schema}_outbox"

    @property
    def pool(self) -> Pool:
        """The pool; only between `start` and `stop`."""
        if self._pool is None:
            raise asyncpg.InterfaceError("the database is not started")
        return self._pool

    async def start(self) -> None:
        """Open the pool; raises what asyncpg raises when the server cannot be reached."""
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=self._max_size,
            timeout=_CONNECT_WITHIN,
            command_timeout=60,
            init=_prepare,
            reset=_as_it_is,
            server_settings={
                **_SESSION,
                "search_path": self.schema,
                "application_name": f"qmi-{self.schema}",
                "idle_in_transaction_session_timeout": "60000",
            },
        )
        self._notifier = asyncio.create_task(self._notify(), name=f"notify {self.schema}")

    async def start_once_up(self, within: float) -> None:
        """Wait for a server that is slow or not up yet, so many seconds; a refusal ends the start at once."""
        async with asyncio.timeout(within):
            while True:
                try:
                    return await self.start()
                except UNREACHABLE as error:
                    log.warning("database_unreachable", error=repr(error))
                    await asyncio.sleep(1.0)

    async def stop(self) -> None:
        """Close the pool, waiting for what is under way, five seconds at most."""
        if self._notifier is not None:
            self._notifier.cancel()
            await asyncio.gather(self._notifier, return_exceptions=True)
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 5)
            except TimeoutError:
                self._pool.terminate()
        self._pool = None

    @property
    def limit(self) -> int:
        """The most connections the pool may hold."""
        return self._max_size

    def connections(self) -> tuple[int, int]:
        """How many connections of the pool are busy, and idle; none when it is not started."""
        if self._pool is None:
            return 0, 0
        idle = self._pool.get_idle_size()
        return self._pool.get_size() - idle, idle

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A pooled connection; TimeoutError when none is free within the patience (bad-input 73)."""
        pool, asked = self.pool, time.perf_counter()
        try:
            connection = await pool.acquire(timeout=self._patience)
        except TimeoutError:
            POOL_EXHAUSTED.inc()
            raise
        POOL_WAIT.observe(time.perf_counter() - asked)
        try:
            yield connection
        finally:
            await pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A pooled connection in a transaction of its own."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection outside the pool, for what holds session locks or listens; the caller closes it."""
        connection = await asyncpg.connect(
            self._dsn,
            timeout=_CONNECT_WITHIN,
            command_timeout=60,
            server_settings={**_SESSION, "search_path": self.schema},
        )
        await _prepare(connection)
        return connection

    def on_published(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit of this process that left something in the outbox."""
        self._listeners.append(listener)

    def published(self) -> None:
        """Something was committed to the outbox: wake the relay here at once, those elsewhere by NOTIFY."""
        for listener in self._listeners:
            listener()
        self._published.set()

    async def _notify(self) -> None:
        # Outside the business transaction and debounced: NOTIFY takes a global lock at commit.
        while True:
            await self._published.wait()
            self._published.clear()
            try:
                async with self.connection() as connection:
                    await connection.execute(f"NOTIFY {self.channel}")
            except DATABASE_TROUBLE as error:
                log.debug("notify_failed", error=repr(error))
            await asyncio.sleep(0.005)


async def _as_it_is(_: Connection) -> None:
    """Spare a round trip: asyncpg ends an open transaction, and what outlives one is for `Database.connect`."""


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_encode, decoder=orjson.loads, format="text")


def _encode(value: object) -> str:
    return orjson.dumps(value).decode()
