"""The sealer: chains the log of a service by hash, after the commits, one sealer at a time; signs checkpoints."""

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta

import structlog

from shared.kit import audit_store
from shared.kit.audit_chain import Entry, Head, entry_of, seal_all
from shared.kit.audit_checkpoints import Checkpoint, SigningKey
from shared.kit.audit_horizon import Horizon
from shared.kit.audit_watch import Watch
from shared.kit.database import DATABASE_TROUBLE, Connection, Database
from shared.kit.telemetry import AUDIT_BROKEN, AUDIT_LAG, AUDIT_SEALED, AUDIT_UNSEALED

log = structlog.get_logger(__name__)

_LOCK = "SELECT pg_try_advisory_lock(hashtext('qmi:' || $1 || ':audit'), 0)"
_VISIBLE = "SELECT position FROM event_log WHERE position > $1 ORDER BY position LIMIT $2"
_SLICE = 100
_PATIENCE = 60.0


class Chain:
    """The chain of one service seen by the only session that may lengthen it."""

    def __init__(self, connection: Connection, service: str, tail: audit_store.Tail, *, batch: int = 500) -> None:
        self._connection = connection
        self._service = service
        self.batch = batch
        self._horizon = Horizon()
        self._above = tail.above
        self.settled = tail.settled
        self.head = tail.head
        self.last = tail.last

    async def lengthen(self) -> int:
        """Seal what is visible and has no seal, in order of position, one batch; returns how many.

        No cursor over positions: `settled` moves only to where nothing can appear any more (Horizon), and above it
        every visible position is compared with those sealed. What is looked at is thus one batch and what open
        transactions hold back, however long the history.
        """
        proven = await self._horizon.advance(self._connection)
        limit = self.batch + len(self._above)
        visible = [row["position"] for row in await self._connection.fetch(_VISIBLE, self.settled, limit)]
        fresh = [position for position in visible if position not in self._above]
        if fresh:
            await self._seal(fresh)
        everything = len(visible) < limit
        AUDIT_UNSEALED.set(0 if everything else max(0, self._horizon.candidate - visible[-1]))
        self._settle(proven, visible, everything=everything)
        return len(fresh)

    async def sign(self, key: SigningKey, at: datetime) -> None:
        """Add a signed checkpoint of the head, to be published."""
        if self.last is None:
            return
        token = key.sign(Checkpoint.of(self._service, self.head.sequence, self.last, self.head.chain_hash, at))
        async with self._connection.transaction():
            await self._connection.execute(
                "INSERT INTO audit_checkpoints (sequence, signed_at, jws) VALUES ($1, $2, $3)",
                self.head.sequence,
                at,
                token,
            )
            await self._connection.execute("INSERT INTO audit_unpublished (sequence) VALUES ($1)", self.head.sequence)

    async def _seal(self, positions: list[int]) -> None:
        now = datetime.now(UTC)
        rows = await audit_store.rows_at(self._connection, positions)
        if not rows:
            return
        AUDIT_UNSEALED.set(len(rows))
        AUDIT_LAG.set(max(0.0, (now - min(row.recorded_at for row in rows)).total_seconds()))
        entries: list[Entry] = []
        for start in range(0, len(rows), _SLICE):
            entries += map(entry_of, rows[start : start + _SLICE])
            await asyncio.sleep(0)
        seals = list(seal_all(self.head, entries, settled=self.settled, at=now))
        await audit_store.add(self._connection, seals)
        AUDIT_SEALED.inc(len(seals))
        self.head = Head(seals[-1].sequence, seals[-1].chain_hash)
        self.last = seals[-1].entry
        self._above.update(positions)

    def _settle(self, proven: int, visible: list[int], *, everything: bool) -> None:
        looked_at = proven if everything else min(proven, visible[-1])
        if looked_at > self.settled:
            self.settled = looked_at
            self._above = {position for position in self._above if position > looked_at}
        if everything and proven:
            self._horizon.reached()


class Sealer:
    """Keeps the chain of one service up to date; in several workers, one works and the others stand by."""

    def __init__(
        self,
        database: Database,
        service: str,
        key: SigningKey | None,
        *,
        every: int = 10_000,
        period: timedelta = timedelta(seconds=20),
        poll: float = 0.5,
    ) -> None:
        self._database = database
        self._service = service
        self._key = key
        self._every = every
        self._period = period
        self._poll = poll
        self._known: Head | None = None
        self._sealed_at: float | None = None
        self._signed = 0
        self._signed_at = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Seal until cancelled, surviving the loss of PostgreSQL."""
        while True:
            try:
                await self._session()
            except DATABASE_TROUBLE as error:
                log.warning("sealer_interrupted", service=self._service, error=repr(error))
                if self._sealed_at is not None:
                    AUDIT_LAG.set(time.monotonic() - self._sealed_at)
                await asyncio.sleep(1.0)

    async def _session(self) -> None:
        connection = await self._database.connect()
        try:
            await self._turn(connection)
            tail = await audit_store.read_tail(connection, self._service)
            await self._recognise(connection)
            self._signed = await connection.fetchval("SELECT coalesce(max(sequence), 0) FROM audit_checkpoints")
            await self._work(connection, Chain(connection, self._service, tail))
        finally:
            await connection.close(timeout=2)

    async def _turn(self, connection: Connection) -> None:
        """Wait until no other worker of the service is the sealer."""
        while True:
            if await connection.fetchval(_LOCK, self._service):
                return
            self._sealed_at = None
            AUDIT_UNSEALED.set(math.nan)
            AUDIT_LAG.set(math.nan)
            await asyncio.sleep(2.0)

    async def _work(self, connection: Connection, chain: Chain) -> None:
        watch = Watch(self._service)
        while True:
            async with asyncio.timeout(_PATIENCE):
                sealed = await chain.lengthen()
            self._known, self._sealed_at = chain.head, time.monotonic()
            await self._checkpoint(chain)
            await watch.look(connection, chain.head)
            if not sealed:
                AUDIT_LAG.set(0)
            if sealed < chain.batch:  # Few at a time would cost a round for each event.
                await asyncio.sleep(self._poll)

    async def _recognise(self, connection: Connection) -> None:
        """A database that comes back without what this process had sealed in it was restored or cut."""
        if self._known is None or not self._known.sequence:
            return
        if await audit_store.hash_at(connection, self._known.sequence) != self._known.chain_hash:
            AUDIT_BROKEN.set(1)
            log.critical("audit_chain_lost", service=self._service, sequence=self._known.sequence)

    async def _checkpoint(self, chain: Chain) -> None:
        now = datetime.now(UTC)
        grown = chain.head.sequence - self._signed
        if self._key is None or grown <= 0:
            return
        if grown >= self._every or now - self._signed_at >= self._period:
            await chain.sign(self._key, now)
            self._signed, self._signed_at = chain.head.sequence, now
