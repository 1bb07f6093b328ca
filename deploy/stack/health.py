"""Is each part of a running stack in good health?"""

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass

import asyncpg
import httpx

from deploy.stack import broker
from deploy.stack.layout import Stack
from deploy.stack.readiness import state_of

PATIENCE = 5.0


@dataclass(frozen=True)
class Check:
    """What was found of one part: `said` explains when it is not `ok`."""

    name: str
    address: str
    ok: bool
    said: str = ""


async def examine(stack: Stack) -> list[Check]:
    """Ask every process, the broker and the database, side by side."""
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        asked: list[Awaitable[Check]] = [_database(stack.database), _kafka(stack.kafka)]
        asked += [_http(client, f"{name}-api", url, "/readyz") for name, url in stack.apis.items()]
        asked += [_http(client, f"{name}-worker", url, "/readyz") for name, url in stack.workers.items()]
        asked.append(_http(client, "issuer", stack.issuer, "/.well-known/openid-configuration"))
        if stack.smtp:
            asked.append(_port("smtp", stack.smtp))
        return list(await asyncio.gather(*asked))


async def _http(client: httpx.AsyncClient, name: str, url: str, path: str) -> Check:
    return Check(name, url, *await state_of(client, url + path))


async def _kafka(address: str) -> Check:
    answers = await asyncio.to_thread(broker.answers, address, PATIENCE)
    return Check("kafka", address, answers, "" if answers else "ne répond pas")


async def _database(dsn: str) -> Check:
    address = dsn.rpartition("@")[2]
    try:
        connection = await asyncpg.connect(dsn, timeout=PATIENCE)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return Check("database", address, ok=False, said=str(error) or type(error).__name__)
    await connection.close()
    return Check("database", address, ok=True)


async def _port(name: str, address: str) -> Check:
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError, TimeoutError):
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), PATIENCE)
        writer.close()
        return Check(name, address, ok=True)
    return Check(name, address, ok=False, said="ne répond pas")
