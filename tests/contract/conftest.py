"""The same promises asked of both stores of a service: `begin` starts units of work on each in turn."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.kit.database import Database
from shared.kit.provenance import Provenance
from tests.contract.stores import Stores
from tests.infrastructure.databases import OwnDatabase

AT = datetime(2024, 1, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def stores(request: pytest.FixtureRequest) -> Stores:
    """The stores the module names."""
    named: Stores = request.module.STORES
    return named


@pytest.fixture
def in_memory(stores: Stores) -> Callable[[], Any]:
    """Units of work on one store in memory."""
    store = stores.memory()
    return lambda: stores.in_memory(store)


@pytest.fixture
async def in_postgresql(stores: Stores, database: OwnDatabase) -> AsyncIterator[Callable[[], Any]]:
    """Units of work on a database of this test's own, as the service."""
    opened = Database(database.dsn(stores.service), stores.service, max_size=3)
    await opened.start()
    yield lambda: stores.in_postgresql(opened, Provenance.of_system("test", at=AT))
    await opened.stop()


@pytest.fixture(params=["in_memory", "in_postgresql"])
def begin(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Begins a unit of work, on each store in turn."""
    found: Callable[[], Any] = request.getfixturevalue(request.param)
    return found
