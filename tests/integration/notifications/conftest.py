"""The notifications service on a real database, with a mail server one can give orders to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from joserfc.jwk import ECKey
from starlette.types import ASGIApp

from deploy.stack.issuer import create_app as create_issuer
from deploy.stack.issuer import issuer_url
from deploy.stack.signing import Wanted, mint
from services.notifications.gateways.smtp import SmtpAccess
from services.notifications.store.unit_of_work import SqlWork
from shared.kit.access import Role
from shared.kit.database import Database
from shared.kit.provenance import Provenance
from tests.fakes.notifications import FakeLetters
from tests.infrastructure.databases import OwnDatabase
from tests.integration.notifications.sink import Sink

Headers = dict[str, str]
Bearer = Callable[..., Headers]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """A mail server of this test's own."""
    server = Sink()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def access(sink: Sink) -> SmtpAccess:
    """How to reach it."""
    return SmtpAccess("127.0.0.1", sink.port, "qmi@example.org")


@pytest.fixture
async def opened(database: OwnDatabase) -> AsyncIterator[Database]:
    """The database of the service."""
    made = Database(database.dsn("notifications"), "notifications")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def begin(opened: Database) -> Callable[[], SqlWork]:
    """Starts units of work."""
    return lambda: SqlWork(opened, Provenance.of_system("test"), letters=FakeLetters())


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a port of its own; gives its URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
            if serving.done():
                await serving
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.fixture(scope="session")
def signing_key() -> ECKey:
    """The key of the issuer of these tests."""
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)


@pytest.fixture(scope="session")
async def issuer(signing_key: ECKey) -> AsyncIterator[str]:
    """A development issuer; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = issuer_url(probe.getsockname()[1])
    async with served(create_issuer(url, signing_key)) as base:
        yield base + "/dev-issuer"


@pytest.fixture(scope="session")
def bearer(issuer: str, signing_key: ECKey) -> Bearer:
    """The headers of somebody: `bearer(Role.COMMUNE_AGENT, organisation="92071")`."""

    def headers(*roles: Role, organisation: str | None = None) -> Headers:
        return {"Authorization": f"Bearer {mint(signing_key, issuer, Wanted(roles, organisation))}"}

    return headers


@pytest.fixture
async def client(
    database: OwnDatabase, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of the API, as the process would start it from its environment."""
    from services.notifications.main import create_api

    for name, value in {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": database.dsn("notifications"),
        "QMI_KAFKA": "127.0.0.1:9092",
        "QMI_ISSUER": issuer,
    }.items():
        monkeypatch.setenv(name, value)
    app = create_api()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://notifications.example.org") as caller,
    ):
        yield caller
