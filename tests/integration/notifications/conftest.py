"""The notifications service on a real database, with a mail server one can give orders to."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from services.notifications.gateways.smtp import SmtpAccess
from services.notifications.store.unit_of_work import SqlWork
from shared.kit.database import Database
from shared.kit.provenance import Provenance
from tests.fakes.notifications import FakeLetters
from tests.infrastructure.databases import OwnDatabase
from tests.integration.kit_http.conftest import Bearer, Issuer, bearer, issuer, running
from tests.integration.notifications.sink import Sink

__all__ = ["Bearer", "bearer", "issuer"]


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


@pytest.fixture
async def client(
    database: OwnDatabase, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of the API, as the process would start it from its environment."""
    from services.notifications.main import create_api

    for name, value in {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": database.dsn("notifications"),
        "QMI_KAFKA": "127.0.0.1:9092",
        "QMI_ISSUER": issuer.url,
    }.items():
        monkeypatch.setenv(name, value)
    async with running(create_api()) as caller:
        yield caller
