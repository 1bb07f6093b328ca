"""Variants of the kit that break a promise each: the checker must see it. They live in the fault processes only."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from shared.kit import inbox
from shared.kit.consumer import Consumer
from shared.kit.database import Connection, Database
from shared.kit.inbox import Inbox
from shared.kit.record import Record
from shared.kit.relay import Relay
from shared.kit.shards import Shards
from shared.kit.stored import LOG_COLUMNS
from tests.faults.crashes import reach

OFFSETS_FIRST = "offsets-before-database"

_ROWS = f"SELECT o.id, o.key, o.state, o.position, {LOG_COLUMNS}, 0.0 AS age FROM outbox AS o JOIN event_log AS e USING (position)"  # noqa: E501

_consumers: list[Consumer[Any]] = []
_taking: ContextVar[list[Record] | None] = ContextVar("taking", default=None)


def install(variant: str) -> None:
    """Break this process the way `variant` says; nothing when it is empty."""
    if variant:
        VARIANTS[variant]()


def _ack_before_work() -> None:
    _remember_consumers()
    whole = Inbox.take

    async def take(self: Inbox[Any], records: Iterable[Record], *, abandon: asyncio.Event) -> bool:
        taken = list(records)
        await _consumers[0]._commit(taken)
        return await whole(self, taken, abandon=abandon)

    Inbox.take = take  # type: ignore[method-assign]


def _offsets_before_database() -> None:
    _remember_consumers()
    whole_take, whole_transaction = Inbox.take, Database.transaction

    async def take(self: Inbox[Any], records: Iterable[Record], *, abandon: asyncio.Event) -> bool:
        taken = list(records)
        _taking.set(taken)
        try:
            return await whole_take(self, taken, abandon=abandon)
        finally:
            _taking.set(None)

    @asynccontextmanager
    async def transaction(self: Database) -> AsyncIterator[Connection]:
        async with whole_transaction(self) as connection:
            yield connection
            if records := _taking.get():
                await _consumers[0]._commit(records)
                reach(OFFSETS_FIRST)

    Inbox.take = take  # type: ignore[method-assign]
    Database.transaction = transaction  # type: ignore[method-assign]


def _no_inbox() -> None:
    async def claim(connection: Connection, group: str, messages: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        return set(messages)

    inbox.claim = claim


def _id_cursor() -> None:
    async def send_pending(self: Relay, connection: Connection, producer: AIOKafkaProducer, owned: set[int]) -> bool:
        last = await connection.fetchval("SELECT coalesce(max(last), 0) FROM relay_cursor")
        rows = await connection.fetch(f"{_ROWS} WHERE o.id > $1 ORDER BY o.id LIMIT 500", last)
        if not rows:
            return False
        await _send(self, producer, rows)
        await connection.execute("INSERT INTO relay_cursor VALUES ($1)", rows[-1]["id"])
        await connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", [row["id"] for row in rows])
        return True

    Relay._send_pending = send_pending  # type: ignore[method-assign]


def _skip_locked() -> None:
    async def everything(self: Shards) -> set[int]:
        return set(range(64))

    async def send_pending(self: Relay, connection: Connection, producer: AIOKafkaProducer, owned: set[int]) -> bool:
        async with connection.transaction():
            rows = await connection.fetch(f"{_ROWS} ORDER BY o.id LIMIT 2 FOR UPDATE OF o SKIP LOCKED")
            await asyncio.sleep(random.uniform(0, 0.05))
            await _send(self, producer, rows)
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", [row["id"] for row in rows])
        return bool(rows)

    Shards.balance = everything  # type: ignore[method-assign]
    Relay._send_pending = send_pending  # type: ignore[method-assign]


async def _send(relay: Relay, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
    shipment = await relay._dock.pack(producer, rows)
    await shipment.packing.ship()
    await shipment.packing.arrived()
    if failure := relay._dock.judge(shipment):
        raise failure


def _remember_consumers() -> None:
    whole = Consumer.__init__

    def remember(self: Consumer[Any], *arguments: Any, **named: Any) -> None:
        whole(self, *arguments, **named)
        _consumers.append(self)

    Consumer.__init__ = remember  # type: ignore[method-assign]


VARIANTS: dict[str, Callable[[], None]] = {
    "ack-before-work": _ack_before_work,
    OFFSETS_FIRST: _offsets_before_database,
    "no-inbox": _no_inbox,
    "id-cursor": _id_cursor,
    "skip-locked": _skip_locked,
}
