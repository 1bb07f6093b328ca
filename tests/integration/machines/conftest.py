"""A database for each machine, and the event loop on which it does everything."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.infrastructure.databases import Databases, OwnDatabase
from tests.integration.kit_http.conftest import make_things_database
from tests.integration.kit_http.things import SERVICE
from tests.integration.machines.creator import Creator
from tests.integration.machines.world import World

_EFFECTS = (
    "CREATE TABLE {0}.effects (position bigint GENERATED ALWAYS AS IDENTITY, subject uuid, version integer, kind text)"
)


@pytest.fixture
async def machine_database(databases: Databases) -> AsyncIterator[OwnDatabase]:
    """A database with a table for the effects of handlers."""
    own = await databases.create("candidature", "selection")
    admin = await own.connect()
    for schema in ("candidature", "selection"):
        await admin.execute(_EFFECTS.format(schema))
        await admin.execute(f"GRANT ALL ON {schema}.effects TO qmi_{schema}")
    await admin.close()
    yield own
    await databases.drop(own)


@pytest.fixture
def sending(machine_database: OwnDatabase) -> Iterator[World]:
    """The schema that says something."""
    with World(machine_database, "candidature") as world:
        yield world


@pytest.fixture
def hearing(machine_database: OwnDatabase) -> Iterator[World]:
    """The schema that hears it."""
    with World(machine_database, "selection") as world:
        yield world


@pytest.fixture
async def things_database(databases: Databases) -> AsyncIterator[OwnDatabase]:
    """The database of a service that makes things."""
    own = await make_things_database(databases)
    yield own
    await databases.drop(own)


@pytest.fixture
def creator(things_database: OwnDatabase, tmp_path: Path) -> Iterator[Creator]:
    """That service, on the loop of a world."""
    with World(things_database, SERVICE, effects="things") as world:
        made = Creator(world, things_database.dsn(SERVICE), tmp_path)
        world.do(made.open())
        yield made
        world.do(made.close())
