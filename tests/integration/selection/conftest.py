"""The selection service of this run: its application, its database, a clock that can be moved."""

import os
from collections.abc import AsyncIterator
from unittest import mock

import pytest

from services.selection.main import create_api
from services.selection.settings import Settings
from shared.kit.database import Database
from shared.kit.settings import read
from tests.infrastructure.databases import Databases
from tests.integration.kit_http.conftest import Bearer, Issuer, bearer, issuer, running
from tests.integration.selection.world import World

__all__ = ["bearer", "issuer"]


@pytest.fixture(scope="session")
async def settings(databases: Databases, issuer: Issuer) -> AsyncIterator[Settings]:
    """A sandbox, configured by the environment as the process itself is."""
    own = await databases.create("selection")
    environment = {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": own.dsn("selection"),
        "QMI_KAFKA": "127.0.0.1:9092",
        "QMI_ISSUER": issuer.url,
    }
    with mock.patch.dict(os.environ, environment):
        yield read(Settings)
    await databases.drop(own)


@pytest.fixture(scope="session")
async def world(settings: Settings, bearer: Bearer) -> AsyncIterator[World]:
    """The service, running."""
    database = Database(settings.database_url, "selection")
    await database.start()
    async with running(create_api()) as client:
        yield World(client, bearer, database)
    await database.stop()
