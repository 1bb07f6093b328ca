"""A log with its sealer, and a superuser who tampers."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from shared.kit.audit_checkpoints import PublicKeys, SigningKey
from shared.kit.audit_store import read_tail
from shared.kit.database import Connection, Database
from shared.kit.sealer import Chain
from tests.infrastructure.databases import OwnDatabase

KEY = SigningKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
KEYS = PublicKeys([KEY.public()])
SERVICE = "candidature"


@pytest.fixture
async def service(database: OwnDatabase) -> AsyncIterator[Database]:
    """The database as the service has it."""
    opened = Database(database.dsn(SERVICE), SERVICE)
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def superuser(database: OwnDatabase) -> AsyncIterator[Connection]:
    """Somebody whom no grant stops."""
    connection = await database.connect()
    await connection.execute(f"SET search_path = {SERVICE}")
    yield connection
    await connection.close()


async def seal(service: Database, *, batch: int = 500, sign: bool = True) -> int:
    """Do what the sealer does until nothing is left; returns the number of rows sealed."""
    connection = await service.connect()
    try:
        chain = Chain(connection, SERVICE, await read_tail(connection, SERVICE), batch=batch)
        sealed = 0
        while done := await chain.lengthen():
            sealed += done
        if sign and sealed:
            await chain.sign(KEY, datetime.now(UTC))
        return sealed
    finally:
        await connection.close()


async def fill(connection: Connection, count: int, *, aggregates: int = 7) -> None:
    """Log so many events of so many aggregates, by SQL."""
    await connection.execute(
        """
        WITH seen AS MATERIALIZED (SELECT aggregate_id, max(version) AS version FROM event_log GROUP BY aggregate_id),
        made AS (SELECT n, ('00000000-0000-7000-8000-' || lpad(to_hex(n % $2), 12, '0'))::uuid AS aggregate_id
                 FROM generate_series(0, $1::int - 1) AS n)
        INSERT INTO event_log (id, aggregate_id, version, type, data, actor, correlation_id, occurred_at)
        SELECT gen_random_uuid(), aggregate_id, n / $2 + 1 + coalesce(seen.version, 0),
               'candidature-started.v1', format('{"n": %s}', n)::json, 'someone', gen_random_uuid(), now()
        FROM made LEFT JOIN seen USING (aggregate_id) ORDER BY n
        """,
        count,
        aggregates,
    )
