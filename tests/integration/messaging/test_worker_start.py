"""A worker that starts before its database can be reached waits for it, as an api does."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

from shared.kit.consume import Subscribers
from shared.kit.settings import Mode, Settings
from shared.kit.unit_of_work import SqlUnitOfWork
from shared.kit.worker import create_worker_app
from tests.faults.proxy import LOOPBACK, Proxy
from tests.infrastructure.containers import free_port
from tests.infrastructure.databases import OwnDatabase

SERVICES = ("candidature",)


async def test_a_worker_waits_for_a_database_that_cannot_be_reached_yet(database: OwnDatabase) -> None:
    address = urlsplit(database.dsn("candidature"))
    proxy = Proxy(free_port(), address.port or 5432)
    proxy.refusing = True
    await proxy.start()
    through = address._replace(netloc=f"{address.netloc.rpartition('@')[0]}@{LOOPBACK}:{proxy.port}")
    settings = Settings(
        service="candidature",
        mode=Mode.SANDBOX,
        database_url=urlunsplit(through),
        kafka=f"{LOOPBACK}:1",
        issuer="http://127.0.0.1:9/dev-issuer",
    )
    silent: Subscribers[SqlUnitOfWork] = Subscribers("candidature")
    app = create_worker_app(settings=settings, subscribers=silent, clocks={}, work_factory=SqlUnitOfWork)
    lifespan = app.router.lifespan_context(app)
    starting = asyncio.ensure_future(lifespan.__aenter__())
    done, _ = await asyncio.wait([starting], timeout=1.5)
    proxy.refusing = False
    await asyncio.wait_for(starting, 10)
    await lifespan.__aexit__(None, None, None)
    await proxy.stop()

    assert done == set()
