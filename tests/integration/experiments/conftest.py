"""The experiments service of this run: its application, its database, a clock that can be moved."""

import os
from collections.abc import AsyncIterator
from unittest import mock

import pytest

from services.experiments.main import create_api
from shared.kit.database import Database
from shared.kit.sandbox import SandboxClock
from tests.infrastructure.databases import Databases
from tests.integration.experiments.world import World
from tests.integration.kit_http.conftest import Bearer, Issuer, bearer, issuer, running

__all__ = ["bearer", "issuer"]


@pytest.fixture(scope="session")
async def experiments_world(databases: Databases, issuer: Issuer, bearer: Bearer) -> AsyncIterator[World]:
    """The service, running in a sandbox, configured by the environment as the process itself is."""
    own = await databases.create("experiments")
    environment = {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": own.dsn("experiments"),
        "QMI_KAFKA": "127.0.0.1:9092",
        "QMI_ISSUER": issuer.url,
    }
    with mock.patch.dict(os.environ, environment):
        app = create_api()
    database = Database(own.dsn("experiments"), "experiments")
    await database.start()
    async with running(app) as client:
        yield World(client, bearer, database, SandboxClock(database))
    await database.stop()
    await databases.drop(own)


@pytest.fixture
def world(experiments_world: World) -> World:
    """The service, for one test: an edition of its own."""
    return experiments_world.in_a_new_edition()
