"""The service of things, on a real database, an issuer that answers over HTTP, and callers with tokens."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import ECKey
from starlette.types import ASGIApp

from deploy.stack.issuer import create_app as create_issuer
from deploy.stack.issuer import issuer_url
from deploy.stack.signing import Wanted, mint
from shared.kit.access import Role
from shared.kit.settings import Mode, Settings
from tests.infrastructure.databases import Databases, OwnDatabase
from tests.integration.kit_http.things import SERVICE, TABLE
from tests.integration.kit_http.things_api import create_app


@asynccontextmanager
async def served(app: ASGIApp, *, lifespan: str = "auto") -> AsyncIterator[str]:
    """Serve an application by uvicorn on a port of its own; gives its URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, lifespan=lifespan, timeout_graceful_shutdown=5)  # type: ignore[arg-type]
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
            if serving.done():
                await serving
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


@dataclass(frozen=True)
class Issuer:
    """The development issuer: its URL and its key."""

    url: str
    key: ECKey

    def token(self, *roles: Role, organisation: str | None = None, subject: str | None = None) -> str:
        """A token that is right in every respect."""
        return mint(self.key, self.url, Wanted(roles, organisation, subject))


@pytest.fixture(scope="session")
async def issuer() -> AsyncIterator[Issuer]:
    """A development issuer of this run."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = issuer_url(probe.getsockname()[1])
    app = create_issuer(url, key)
    async with served(app) as base:
        app.state.base = base
        yield Issuer(base + "/dev-issuer", key)


async def make_things_database(databases: Databases) -> OwnDatabase:
    """A database with the schema of the service of things, migrated."""
    own = await databases.create(SERVICE)
    connection = await own.connect()
    await connection.execute(TABLE)
    await connection.close()
    return own


@pytest.fixture(scope="session")
async def things_database(databases: Databases) -> AsyncIterator[OwnDatabase]:
    """The database of the service of things, for all tests."""
    own = await make_things_database(databases)
    yield own
    await databases.drop(own)


@pytest.fixture(scope="session")
def settings(things_database: OwnDatabase, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a sandbox."""
    return sandbox_settings(things_database.dsn(SERVICE), issuer.url, tmp_path_factory.mktemp("documents"))


def sandbox_settings(database_url: str, issuer_at: str, documents: Path) -> Settings:
    """The settings of a sandbox of the service of things."""
    return Settings(
        mode=Mode.SANDBOX,
        service=SERVICE,
        database_url=database_url,
        kafka="127.0.0.1:9092",
        issuer=issuer_at,
        documents=documents.as_uri(),
    )


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application inside its lifespan; what the application raises is answered, not raised here."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://things.example.org") as client,
    ):
        yield client


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    """The application of the service of things."""
    return create_app(settings)


@pytest.fixture(scope="session")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A caller without token."""
    async with running(app) as anybody:
        yield anybody


Headers = dict[str, str]
Bearer = Callable[..., Headers]


@pytest.fixture(scope="session")
def bearer(issuer: Issuer) -> Bearer:
    """The headers of somebody: `bearer(Role.PROGRAMME)`, `bearer(Role.COMMUNE_AGENT, organisation="93001")`."""

    def headers(*roles: Role, organisation: str | None = None, subject: str | None = None) -> Headers:
        return {"Authorization": f"Bearer {issuer.token(*roles, organisation=organisation, subject=subject)}"}

    return headers


@pytest.fixture(scope="session")
def agent(bearer: Bearer) -> Headers:
    """An agent of Aubervilliers."""
    return bearer(Role.COMMUNE_AGENT, organisation="93001")


@pytest.fixture(scope="session")
def programme(bearer: Bearer) -> Headers:
    """Somebody of the programme team."""
    return bearer(Role.PROGRAMME, organisation="paris-and-co")
