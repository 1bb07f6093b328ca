"""Which relay sends which shard: advisory locks held by a session, shared out evenly between the living."""

import asyncio
import math
import random
import time
from uuid import UUID

from shared.kit.database import Connection
from shared.kit.identity import new_id
from shared.kit.outbox import SHARDS

_ALIVE_SECONDS = 10


class Shards:
    """The shards one relay, `member`, owns on one session; when the session dies, so does the ownership."""

    def __init__(self, connection: Connection, schema: str, member: UUID | None = None, *, every: float = 2.0) -> None:
        self._connection = connection
        self._schema = schema
        self._every = every
        self._balanced_at = -math.inf
        self._member = member or new_id()
        self.owned: set[int] = set()

    async def balance(self) -> set[int]:
        """Take free shards up to a fair part, give back what is above it; call it with nothing in flight."""
        if time.monotonic() - self._balanced_at >= self._every:
            self._balanced_at = time.monotonic()
            fair = math.ceil(SHARDS / await self._living())
            await self._release(len(self.owned) - fair)
            await self._take(fair - len(self.owned))
        return self.owned

    async def leave(self) -> None:
        """Stop being counted; the locks end with the session."""
        await self._connection.execute("DELETE FROM relay_members WHERE id = $1", self._member)

    async def _living(self) -> int:
        await self._connection.execute(
            "INSERT INTO relay_members (id, seen_at) VALUES ($1, clock_timestamp())"
            " ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
            self._member,
        )
        await self._connection.execute(
            "DELETE FROM relay_members WHERE seen_at < clock_timestamp() - make_interval(secs => $1)", _ALIVE_SECONDS
        )
        living: int = await self._connection.fetchval("SELECT count(*) FROM relay_members")
        return max(1, living)

    async def _release(self, surplus: int) -> None:
        for shard in random.sample(sorted(self.owned), max(0, surplus)):
            await self._connection.execute("SELECT pg_advisory_unlock(hashtext($1), $2)", _space(self._schema), shard)
            self.owned.discard(shard)

    async def _take(self, missing: int) -> None:
        free = [shard for shard in range(SHARDS) if shard not in self.owned]
        random.shuffle(free)
        for shard in free:
            if missing <= 0:
                return
            if await _try(self._connection, self._schema, shard):
                self.owned.add(shard)
                missing -= 1


async def take_all(connection: Connection, schema: str) -> None:
    """Wait until this session alone owns every shard: no relay of the schema sends meanwhile."""
    for shard in range(SHARDS):
        while not await _try(connection, schema, shard):  # noqa: ASYNC110 (others hold it)
            await asyncio.sleep(0.1)


async def _try(connection: Connection, schema: str, shard: int) -> bool:
    taken: bool = await connection.fetchval("SELECT pg_try_advisory_lock(hashtext($1), $2)", _space(schema), shard)
    return taken


def _space(schema: str) -> str:
    return f"qmi:{schema}:outbox"
