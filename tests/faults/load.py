"""The writers: each attempt ends ok, failed or unknown, and what the client was told is kept."""

import asyncio
import hashlib
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import httpx

from shared.kit.database import DATABASE_TROUBLE, Database
from shared.kit.identity import new_id
from shared.kit.outbox import VersionTaken
from shared.kit.provenance import Provenance
from shared.kit.refusals import Stale
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.faults.processes import enter

_TRIES = 8
_NEVER_ARRIVED, _NO_ANSWER = 0, -1
_AGAIN = {409, 500, 502, 503, 504, _NEVER_ARRIVED, _NO_ANSWER}


@dataclass
class Account:
    """A key and the numbers its writers share."""

    id: UUID = field(default_factory=new_id)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def command(self) -> tuple[str, int]:
        """The next command, unlike any other."""
        number = next(self.numbers)
        return f"{self.id}/{number}", number


@dataclass
class Attempts:
    """What the clients were told."""

    ok: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    traces: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    def begin(self, command: str) -> str:
        """Note a command; its traceparent."""
        trace = hashlib.md5(command.encode()).hexdigest()
        self.traces[command] = trace
        return f"00-{trace}-{trace[:16]}-01"


@dataclass
class Load:
    """Writers that go on until told to stop, some through the apis, some in a transaction of their own."""

    attempts: Attempts
    apis: Callable[[], list[str]]
    token: str
    database: Database
    chance: random.Random
    pace: float = 0.2
    hold: float = 0.0
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, *, over_http: int, direct: int, direct_per_account: int = 2) -> None:
        """Write until `stopped`; two clients share each account, so that they collide."""
        accounts = [Account() for _ in range(max(1, over_http // 2))]
        own = [Account() for _ in range(max(1, direct // direct_per_account))]
        async with httpx.AsyncClient(timeout=4.0, limits=httpx.Limits(keepalive_expiry=2.0)) as client:
            await asyncio.gather(
                *(self._write_over_http(client, accounts[n % len(accounts)], n) for n in range(over_http)),
                *(self._write(own[n % len(own)], n) for n in range(direct)),
            )

    async def _write(self, account: Account, writer: int) -> None:
        chance = random.Random(f"{self.chance.random()}")
        while not self.stopped.is_set():
            command, number = account.command()
            provenance = Provenance("system:writer", None, new_id(), traceparent=self.attempts.begin(command))
            work = SqlUnitOfWork(self.database, provenance)
            try:
                await enter(work, account.id, number, datetime.now(UTC), hold=chance.uniform(0, self.hold))
            except (VersionTaken, Stale, asyncpg.DeadlockDetectedError):
                self.attempts.failed.append(command)
            except DATABASE_TROUBLE:
                self.attempts.unknown.append(command)
                await asyncio.sleep(0.2)
            else:
                self.attempts.ok.append(command)
            await asyncio.sleep(chance.uniform(0, 2 * self.pace))

    async def _write_over_http(self, client: httpx.AsyncClient, account: Account, writer: int) -> None:
        chance = random.Random(f"{self.chance.random()}")
        turn = itertools.count(writer)
        while not self.stopped.is_set():
            command, number = account.command()
            outcome = await self._ask(client, account, command, number, turn)
            getattr(self.attempts, outcome).append(command)
            await asyncio.sleep(chance.uniform(0, 2 * self.pace))

    async def _ask(
        self, client: httpx.AsyncClient, account: Account, command: str, number: int, turn: Iterator[int]
    ) -> str:
        """Send a command, and again under the same key while its outcome is unknown."""
        traceparent = self.attempts.begin(command)
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": command, "traceparent": traceparent}
        doubtful = False
        for attempt in range(_TRIES):
            apis = self.apis()
            urls = [f"{apis[next(turn) % len(apis)]}/v1/accounts/{account.id}/entries" for _ in range(_at_once(number))]
            statuses = await asyncio.gather(*(self._post(client, url, number, headers) for url in urls))
            if 201 in statuses:
                return "ok"
            if not _AGAIN & set(statuses):
                return "unknown" if doubtful else "failed"
            doubtful = doubtful or bool(_AGAIN - {_NEVER_ARRIVED} & set(statuses))
            await asyncio.sleep(0.1 * (attempt + 1))
        return "unknown"

    async def _post(self, client: httpx.AsyncClient, url: str, number: int, headers: dict[str, str]) -> int:
        """The status of the answer, or that there was none."""
        try:
            status = (await client.post(url, json={"number": number}, headers=headers)).status_code
        except httpx.TransportError as error:
            self.attempts.answers[type(error).__name__] += 1
            return _NEVER_ARRIVED if isinstance(error, httpx.ConnectError) else _NO_ANSWER
        self.attempts.answers[str(status)] += 1
        return status


def _at_once(number: int) -> int:
    """How often a client sends this command at once: a double click."""
    return 2 if number % 10 == 5 else 1
