"""A sender and a receiver, each on a database that can be backed up, and a broker that can lose everything."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from deploy.kafka import topics
from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers
from shared.kit.database import Database
from shared.kit.kafka import KafkaAccess
from shared.kit.settings import Mode, Settings
from shared.kit.unit_of_work import SqlUnitOfWork
from shared.kit.worker import create_worker_app
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import Databases, OwnDatabase

Restore = Callable[[OwnDatabase], Awaitable[OwnDatabase]]


@pytest.fixture(scope="module")
def kafka(own_kafka: KafkaContainer) -> KafkaAccess:
    """A broker of the module's own, with the topics of the platform."""
    topics.apply(own_kafka.address)
    return KafkaAccess(own_kafka.address)


@pytest.fixture
async def speaking(databases: Databases) -> AsyncIterator[OwnDatabase]:
    """The database of candidature."""
    own = await databases.create("candidature")
    yield own
    await databases.drop(own)


@pytest.fixture
async def hearing(databases: Databases) -> AsyncIterator[OwnDatabase]:
    """The database of selection, with a table for the effects of its handler."""
    own = await databases.create("selection")
    admin = await own.connect()
    await admin.execute("CREATE TABLE selection.effects (subject uuid, version integer)")
    await admin.execute("GRANT ALL ON selection.effects TO qmi_selection")
    await admin.close()
    yield own
    await databases.drop(own)


@pytest.fixture
async def back_up(databases: Databases) -> AsyncIterator[Restore]:
    """Copies a database nobody is connected to; the copy is what a restore would give."""
    copies: list[OwnDatabase] = []

    async def copy(own: OwnDatabase) -> OwnDatabase:
        name = f"qmi_backup_{secrets.token_hex(6)}"
        admin = await asyncpg.connect(own.admin_dsn.replace(own.name, "postgres"))
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {own.name}")
        await admin.close()
        copies.append(OwnDatabase(name, own.admin_dsn.replace(own.name, name)))
        return copies[-1]

    yield copy
    for made in copies:
        await databases.drop(made)


@asynccontextmanager
async def opened(own: OwnDatabase, service: str) -> AsyncIterator[Database]:
    """The database of a service, as that service."""
    database = Database(own.dsn(service), service)
    await database.start()
    yield database
    await database.stop()


@asynccontextmanager
async def working(own: OwnDatabase, service: str, kafka: KafkaAccess, group: str) -> AsyncIterator[httpx.AsyncClient]:
    """The worker of a service, to be asked how it is; selection writes an effect for each message of candidature."""
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers(group)
    settings = Settings(
        service=service,
        mode=Mode.SANDBOX,
        database_url=own.dsn(service),
        kafka=kafka.servers,
        issuer="http://127.0.0.1:9/dev-issuer",
    )

    async def write(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        await work.connection.execute("INSERT INTO effects VALUES ($1, $2)", message.subject, message.sequence)

    if service == "selection":
        subscribers.on(CANDIDATURE_EVENTS)(write)
    app = create_worker_app(settings=settings, subscribers=subscribers, clocks={}, work_factory=SqlUnitOfWork)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://worker") as client,
    ):
        yield client
