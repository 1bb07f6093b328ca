"""The candidature service of this run: its application, its database, its documents, a clock that can be moved."""

import os
from collections.abc import AsyncIterator
from unittest import mock

import pytest

from services.candidature.main import create_api
from services.candidature.settings import Settings
from services.candidature.store.unit_of_work import SqlWork
from shared.kit.database import Database
from shared.kit.sandbox import SandboxClock
from shared.kit.settings import read
from shared.kit.worker import Plant
from tests.infrastructure.databases import Databases
from tests.integration.candidature.world import World
from tests.integration.kit_http.conftest import Bearer, Issuer, bearer, issuer, running

__all__ = ["bearer", "issuer"]


@pytest.fixture(scope="session")
async def settings(
    databases: Databases, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Settings]:
    """A sandbox, configured by the environment as the process itself is."""
    own = await databases.create("candidature")
    environment = {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": own.dsn("candidature"),
        "QMI_KAFKA": "127.0.0.1:9092",
        "QMI_ISSUER": issuer.url,
        "QMI_DOCUMENTS": tmp_path_factory.mktemp("documents").as_uri(),
    }
    with mock.patch.dict(os.environ, environment):
        yield read(Settings)
    await databases.drop(own)


@pytest.fixture(scope="session")
async def world(settings: Settings, bearer: Bearer) -> AsyncIterator[World]:
    """The service, running."""
    database = Database(settings.database_url, "candidature")
    await database.start()
    async with running(create_api()) as client:
        yield World(client, bearer, Plant(settings, database, SandboxClock(database), SqlWork))
    await database.stop()
