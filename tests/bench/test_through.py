"""From a command over HTTP to its effect in another service: api, relay and worker, each in a process of its own."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from shared.events.topics import CANDIDATURE_EVENTS, public_topic
from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.bench.arena import Arena, percentile
from tests.bench.test_flow import ROOT
from tests.faults.processes import TABLES
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import Databases, OwnDatabase
from tests.integration.kit_http.conftest import Bearer, Issuer, bearer, issuer

__all__ = ["bearer", "issuer"]

pytestmark = [pytest.mark.real_kafka, pytest.mark.timeout(300)]
COMMANDS = 300
# A notification leaves at commit: what is heard can be read.
TELL = """
CREATE FUNCTION selection.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_notify('effects', new.subject::text); RETURN NULL; END $$;
CREATE TRIGGER tell AFTER INSERT ON selection.effects FOR EACH ROW EXECUTE FUNCTION selection.tell();
"""


@pytest.fixture
async def own(databases: Databases) -> AsyncIterator[OwnDatabase]:
    """A database with the accounts of one service and the effects of the other."""
    made = await databases.create("candidature", "selection")
    connection = await made.connect()
    await connection.execute(TABLES + TELL)
    await connection.close()
    yield made
    await databases.drop(made)


async def test_how_long_from_a_command_to_its_effect_elsewhere(
    arena: Arena, own_kafka: KafkaContainer, own: OwnDatabase, issuer: Issuer, bearer: Bearer
) -> None:
    # A broker of its own: a sender without history would be silent beside topics that have one.
    for name in (CANDIDATURE_EVENTS, public_topic("candidature")):
        broker.create_topic(own_kafka.address, name, 4)
    token = bearer(Role.PROGRAMME, organisation="paris-and-co")
    taken = []
    async with AsyncExitStack() as stack:
        environment = {"QMI_MODE": "sandbox", "QMI_KAFKA": own_kafka.address, "QMI_ISSUER": issuer.url}
        environment["QMI_FAULTS_GROUP"] = f"bench-{new_id()}"
        wanted = {"api": "candidature", "relay": "candidature", "worker": "selection"}
        urls = [
            await stack.enter_async_context(served(role, {**environment, "QMI_DATABASE_URL": own.dsn(service)}))
            for role, service in wanted.items()
        ]
        client = await stack.enter_async_context(httpx.AsyncClient())
        effects = await stack.enter_async_context(listening(own))
        await asyncio.sleep(3.0)
        for _ in range(COMMANDS):
            account = new_id()
            began = time.perf_counter()
            headers = {**token, "Idempotency-Key": str(account)}
            url = f"{urls[0]}/v1/accounts/{account}/entries"
            asked = asyncio.create_task(client.post(url, json={"number": 1}, headers=headers))
            async with asyncio.timeout(30):
                while await effects.get() != str(account):
                    pass
            taken.append((time.perf_counter() - began) * 1000)
            assert (await asked).status_code == 201
            await asyncio.sleep(0.02)
    arena.figures["HTTP → effect in another service (goal: p50 ≤ 25 ms)"] = (
        f"p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms"
    )


@asynccontextmanager
async def listening(own: OwnDatabase) -> AsyncIterator["asyncio.Queue[str]"]:
    """The subjects of the effects, as they are committed."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await own.connect()

    def hear(connection: object, pid: int, channel: str, payload: object) -> None:
        heard.put_nowait(str(payload))

    await connection.add_listener("effects", hear)
    try:
        yield heard
    finally:
        await connection.close()


@asynccontextmanager
async def served(role: str, environment: dict[str, str]) -> AsyncIterator[str]:
    """A process of this role, ready; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = (sys.executable, "-m", "uvicorn", f"tests.faults.processes:create_{role}", "--factory", "--port", port)
    process = await asyncio.create_subprocess_exec(
        *command,
        "--no-access-log",
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while not await _ready(client, url):
            await asyncio.sleep(0.2)
    try:
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).status_code == 200
    except httpx.TransportError:
        return False
