"""Bad inputs 73 to 75: the database is down, slow to come, cut or full; the process lives and says so quickly."""

import asyncio
import socket
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from shared.kit.access import Role
from shared.kit.settings import Settings
from tests.infrastructure.databases import OwnDatabase
from tests.integration.kit_http.conftest import Headers, Issuer, running, sandbox_settings
from tests.integration.kit_http.things import SERVICE
from tests.integration.kit_http.things_api import HELD, create_app


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:qmi:problem:")


@pytest.fixture
def without_database(issuer: Issuer, tmp_path: Path) -> Settings:
    return sandbox_settings(f"postgresql://qmi@127.0.0.1:{closed_port()}/qmi", issuer.url, tmp_path)


async def test_73_the_database_is_down(without_database: Settings, agent: Headers) -> None:
    async with running(create_app(without_database)) as client:
        began = time.perf_counter()
        answer = await client.post("/v1/things", json={"name": "x"}, headers={**agent, "Idempotency-Key": "k"})
        took = time.perf_counter() - began
        live, ready = await client.get("/livez"), await client.get("/readyz")

    assert (answer.status_code, slug(answer), answer.headers["retry-after"]) == (503, "service-unavailable", "5")
    assert took < 2
    assert live.status_code == 200
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "failed")


async def test_73_the_pool_is_exhausted(settings: Settings, agent: Headers) -> None:
    app = create_app(settings)
    async with running(app) as client:
        database = app.state.plumbing.database
        held = [await database.pool.acquire() for _ in range(10)]
        began = time.perf_counter()
        answer = await client.get("/v1/things", headers=agent)
        took = time.perf_counter() - began
        for connection in held:
            await database.pool.release(connection)
        after = await client.get("/v1/things", headers=agent)

    assert (answer.status_code, slug(answer)) == (503, "service-unavailable")
    assert took < 2
    assert after.status_code == 200


async def test_a_service_started_before_its_database_serves_once_it_is_there(
    settings: Settings, things_database: OwnDatabase, agent: Headers
) -> None:
    real = things_database.dsn(SERVICE)
    host, port = address_of(real)
    entrance = closed_port()
    late = settings.model_copy(update={"database_url": real.replace(f"{host}:{port}", f"127.0.0.1:{entrance}")})
    async with running(create_app(late)) as client:
        before = await client.get("/v1/things", headers=agent)
        proxy = await asyncio.start_server(lambda r, w: forward(r, w, host, port), "127.0.0.1", entrance)
        async with asyncio.timeout(10):
            while (after := await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.1)
        served = await client.get("/v1/things", headers=agent)
    proxy.close()

    assert (before.status_code, after.json()["status"], served.status_code) == (503, "ready", 200)


def address_of(dsn: str) -> tuple[str, int]:
    host, _, port = dsn.split("@")[-1].split("/")[0].partition(":")
    return host, int(port)


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    there_reader, there_writer = await asyncio.open_connection(host, port)

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65_536):
            target.write(chunk)
        target.close()

    await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer), return_exceptions=True)


async def test_74_a_connection_lost_in_a_write_has_an_unknown_outcome(
    client: httpx.AsyncClient, programme: Headers, things_database: OwnDatabase
) -> None:
    writing = asyncio.create_task(client.post("/v1/breakage/cut", headers=programme))
    await asyncio.sleep(0.3)
    await cut_everybody(things_database)

    answer = await writing

    assert (answer.status_code, slug(answer)) == (503, "service-unavailable")
    assert answer.json()["outcome"] == "unknown"


async def test_74_the_same_key_converges_after_the_cut(
    client: httpx.AsyncClient, agent: Headers, things_database: OwnDatabase
) -> None:
    name, headers = str(uuid4()), {**agent, "Idempotency-Key": str(uuid4())}
    HELD[name] = asyncio.Event()
    first = asyncio.create_task(client.post("/v1/things", json={"name": name}, headers=headers))
    await asyncio.sleep(0.2)
    await cut_everybody(things_database)
    HELD.pop(name).set()

    lost = await first
    # Connections of the pool that were cut while idle fail once each before they are replaced.
    for _ in range(20):
        again = await client.post("/v1/things", json={"name": name}, headers=headers)
        if again.status_code != 503:
            break

    assert (lost.status_code, again.status_code) == (503, 201)


async def cut_everybody(things_database: OwnDatabase) -> None:
    connection = await things_database.connect()
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


async def test_75_a_read_only_database_is_unavailable_for_writing(
    settings: Settings, things_database: OwnDatabase, agent: Headers
) -> None:
    read_only = things_database.dsn(SERVICE) + "&default_transaction_read_only=on"
    async with running(create_app(settings.model_copy(update={"database_url": read_only}))) as client:
        written = await client.post("/v1/things", json={"name": "x"}, headers={**agent, "Idempotency-Key": "k"})
        read = await client.get("/v1/things", headers=agent)

    assert (written.status_code, slug(written), read.status_code) == (503, "service-unavailable", 200)


async def test_a_release_ahead_of_its_schema_is_not_ready(settings: Settings, things_database: OwnDatabase) -> None:
    connection = await things_database.connect()
    forgotten = await connection.fetch("DELETE FROM kit_http.schema_migrations RETURNING name, checksum")
    try:
        async with running(create_app(settings)) as client:
            answer = await client.get("/readyz")
    finally:
        await connection.executemany(
            "INSERT INTO kit_http.schema_migrations (name, checksum) VALUES ($1, $2)", [tuple(row) for row in forgotten]
        )
        await connection.close()

    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "failed")


async def test_an_outbox_that_does_not_drain_is_said_and_does_not_stop_the_service(
    client: httpx.AsyncClient, things_database: OwnDatabase
) -> None:
    connection = await things_database.connect()
    await connection.execute(
        "INSERT INTO kit_http.outbox (shard, key, state, created_at)"
        " VALUES (0, gen_random_uuid(), '\\x00', clock_timestamp() - interval '1 hour')"
    )
    answer = await client.get("/readyz")
    await connection.execute("DELETE FROM kit_http.outbox")
    await connection.close()

    assert (answer.status_code, answer.json()["checks"]["outbox"]) == (200, "degraded")


async def test_a_role_is_only_what_the_token_says(client: httpx.AsyncClient, issuer: Issuer) -> None:
    nobody = {"Authorization": f"Bearer {issuer.token(Role.PLATFORM)}"}

    assert (await client.get("/v1/things", headers=nobody)).status_code == 403


async def test_a_wrong_password_stops_the_start(settings: Settings, things_database: OwnDatabase) -> None:
    host, port = address_of(things_database.dsn(SERVICE))
    wrong = f"postgresql://nobody:wrong@{host}:{port}/{things_database.name}"
    app = create_app(settings.model_copy(update={"database_url": wrong}))

    with pytest.raises(asyncpg.PostgresError):
        async with running(app):
            raise AssertionError("started")
