"""A command over real HTTP, whole: token, idempotency, row, event, outbox; against the least an endpoint can do."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from shared.kit.access import Role
from tests.bench import servers
from tests.bench.arena import Arena
from tests.bench.load import a_post
from tests.bench.test_ratios import ROUNDS
from tests.infrastructure.databases import Databases
from tests.integration.kit_http.conftest import Bearer, Issuer, bearer, issuer, make_things_database
from tests.integration.kit_http.things import SERVICE

__all__ = ["bearer", "issuer"]

BODY = '{"name":"Ombrières démontables","size":3}'.encode()


@pytest.fixture
async def environment(databases: Databases, issuer: Issuer, to_disk: None) -> AsyncIterator[dict[str, str]]:
    """What both servers are started with."""
    own = await make_things_database(databases)
    connection = await own.connect()
    await connection.execute(servers.TABLE)
    await connection.close()
    yield {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": own.dsn(SERVICE),
        "QMI_KAFKA": "127.0.0.1:1",
        "QMI_ISSUER": issuer.url,
    }
    await databases.drop(own)


@pytest.mark.timeout(300)
async def test_a_whole_command_against_a_bare_endpoint(
    arena: Arena, environment: dict[str, str], bearer: Bearer
) -> None:
    token = bearer(Role.PROGRAMME, organisation="paris-and-co")
    async with AsyncExitStack() as stack:
        floor = await stack.enter_async_context(servers.running("create_floor", environment))
        command = await stack.enter_async_context(servers.running("create_command", environment))

        await arena.compare(
            "command: over HTTP, with token, once, event",
            lambda: command.serve(lambda: a_post("/v1/things", BODY, {**token, **a_key()})),
            lambda: floor.serve(lambda: a_post("/v1/things", BODY, token)),
            floor_name="uvicorn, FastAPI + asyncpg, one insert",
            goal="≥ 0.6",
            rounds=ROUNDS,
        )
        arena.figures["command over HTTP, processor of its server for each (of the floor)"] = (
            f"{command.milliseconds:.2f} ms ({floor.milliseconds:.2f})"
        )


def a_key() -> dict[str, str]:
    """A creation nobody has asked for before."""
    return {"Idempotency-Key": str(uuid4())}
