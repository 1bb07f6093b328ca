"""Things that an organisation owns: the smallest domain and store a service may have."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.ports import UnitOfWork
from shared.kit.refusals import NotFound, Stale
from shared.kit.unit_of_work import SqlUnitOfWork

SERVICE = "kit_http"
TABLE = (
    "CREATE TABLE kit_http.things (id uuid PRIMARY KEY, owner text NOT NULL, name text NOT NULL, size bigint NOT NULL,"
    " version integer NOT NULL); GRANT ALL ON kit_http.things TO qmi_kit_http"
)


@dataclass(frozen=True)
class Thing:
    """A thing and the version at which it was read."""

    id: UUID
    owner: str
    name: str
    size: int
    version: int


class Things:
    """Every reading demands a scope; what lies outside is not found."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, thing_id: UUID, scope: Scope) -> Thing:
        """One thing."""
        row = await self._connection.fetchrow(
            "SELECT * FROM things WHERE id = $1 AND ($2::text IS NULL OR owner = $2)", thing_id, scope.owner
        )
        if row is None:
            raise NotFound
        return Thing(**row)

    async def page(self, scope: Scope, after: str | None, limit: int) -> list[Thing]:
        """Things in the order of their names."""
        rows = await self._connection.fetch(
            "SELECT * FROM things WHERE ($1::text IS NULL OR owner = $1) AND name > $2 ORDER BY name LIMIT $3",
            scope.owner,
            after or "",
            limit,
        )
        return [Thing(**row) for row in rows]

    async def add(self, thing: Thing) -> None:
        """A new thing."""
        await self._connection.execute(
            "INSERT INTO things VALUES ($1, $2, $3, $4, 1)", thing.id, thing.owner, thing.name, thing.size
        )

    async def save(self, thing: Thing) -> None:
        """A changed thing, unless somebody changed it meanwhile."""
        done = await self._connection.execute(
            "UPDATE things SET name = $2, size = $3, version = version + 1 WHERE id = $1 AND version = $4",
            thing.id,
            thing.name,
            thing.size,
            thing.version,
        )
        if done == "UPDATE 0":
            raise Stale


class ThingsWork(UnitOfWork, Protocol):
    """What the use cases of things ask for."""

    things: Things


class SqlWork(SqlUnitOfWork):
    """The unit of work of the service of the tests."""

    things: Things

    def bind(self, connection: Connection) -> None:
        """Make the repository."""
        self.things = Things(connection)
