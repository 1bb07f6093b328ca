"""The owner's connection to the schema of a service, and transactions that a dry run takes back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from shared.kit.database import Connection, Database
from shared.kit.identity import new_id
from shared.kit.operations import record_operation


@dataclass(frozen=True)
class Act:
    """Who does what to which group, and the words of the request; `dry_run` leaves everything as it was."""

    operator: str
    command: str
    group: str
    details: Mapping[str, object]
    dry_run: bool = False
    id: UUID = field(default_factory=new_id)

    @asynccontextmanager
    async def transaction(self, connection: Connection) -> AsyncIterator[None]:
        """A transaction that says whose doing it is; taken back when this is a dry run."""
        transaction = connection.transaction()
        await transaction.start()
        try:
            await record_operation(connection, self.id, self.operator, self.command, self.group, self.details)
            yield
        except BaseException:
            await transaction.rollback()
            raise
        await (transaction.rollback() if self.dry_run else transaction.commit())


@asynccontextmanager
async def schema_of(owner_dsn: str, service: str) -> AsyncIterator[Connection]:
    """A connection of the owner to the schema of a service."""
    connection = await Database(owner_dsn, service, patience=10.0).connect()
    try:
        yield connection
    finally:
        await connection.close()


async def has_operations(connection: Connection) -> bool:
    """Whether the service is on this database, and migrated far enough."""
    found: bool = await connection.fetchval("SELECT to_regclass('settled_dead_letters') IS NOT NULL")
    return found
