"""Each service as its process makes it, on a database of its own, planted, then run in a thread beside this one."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from unittest import mock

import pytest
from fastapi import FastAPI
from schemathesis.python import asgi

from services.candidature.settings import Settings
from services.candidature.store.unit_of_work import SqlWork
from shared.kit.database import Database
from shared.kit.sandbox import SandboxClock
from shared.kit.settings import read
from shared.kit.worker import Plant
from tests.infrastructure.databases import Databases, OwnDatabase
from tests.integration.candidature.world import World as CandidatureWorld
from tests.integration.experiments.world import World as ExperimentsWorld
from tests.integration.fuzz import candidature, experiments, notifications, selection
from tests.integration.fuzz.seeds import Seeds
from tests.integration.kit_http.conftest import Bearer, Issuer, bearer, issuer, running

__all__ = ["bearer", "issuer"]


@dataclass(frozen=True)
class Target:
    """An application nobody has called yet, and what is in its database."""

    app: FastAPI
    seeds: Seeds


@dataclass(frozen=True)
class Makers:
    """What it takes to make a service and to plant things in it."""

    databases: Databases
    bearer: Bearer
    environment: dict[str, str]

    @asynccontextmanager
    async def target(self, service: str) -> AsyncIterator[Target]:
        """The service, planted; it is ended and its database dropped at the end."""
        own = await self.databases.create(service)
        try:
            with mock.patch.dict(os.environ, {**self.environment, "QMI_DATABASE_URL": own.dsn(service)}):
                create_api: Callable[[], FastAPI] = import_module(f"services.{service}.main").create_api
                yield Target(create_api(), await self._planted(service, own, create_api()))
        finally:
            await asyncio.to_thread(asgi.shutdown_lifespans)
            await self.databases.drop(own)

    async def _planted(self, service: str, own: OwnDatabase, app: FastAPI) -> Seeds:
        database = Database(own.dsn(service), service)
        clock = SandboxClock(database)
        async with opened(database), running(app) as client:
            planting: dict[str, Callable[[], Awaitable[Seeds]]] = {
                "candidature": lambda: candidature.plant(
                    CandidatureWorld(client, self.bearer, Plant(read(Settings), database, clock, SqlWork))
                ),
                "selection": lambda: selection.plant(selection.SamePeople(client, self.bearer, database)),
                "experiments": lambda: experiments.plant(ExperimentsWorld(client, self.bearer, database, clock)),
                "notifications": lambda: notifications.plant(database, self.bearer),
            }
            return await planting[service]()


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[None]:
    """A database, started, then stopped whatever happens."""
    await database.start()
    try:
        yield
    finally:
        await database.stop()


@pytest.fixture(scope="module")
def makers(databases: Databases, bearer: Bearer, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Makers:
    """What every service is made with."""
    documents: Path = tmp_path_factory.mktemp("documents")
    environment = {
        "QMI_MODE": "sandbox",
        "QMI_KAFKA": "127.0.0.1:9092",
        "QMI_ISSUER": issuer.url,
        "QMI_DOCUMENTS": documents.as_uri(),
        "QMI_LOG_LEVEL": "ERROR",
    }
    return Makers(databases, bearer, environment)
