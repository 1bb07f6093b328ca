"""Numbered `.sql` files applied once, in order, under a lock: `python -m shared.kit.migrate <service>`."""

import asyncio
import hashlib
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from shared.kit.database import Connection

KIT = Path(__file__).parent / "migrations"
SERVICES = Path(__file__).parents[2] / "services"


class MigrationError(Exception):
    """The files and what was applied do not fit together."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its stable name, its SQL and the checksum of its bytes."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_of(service: str) -> list[Migration]:
    """The kit's migrations, then the service's, each folder in numeric order."""
    folders = {"kit": KIT, service: SERVICES / service / "store" / "migrations"}
    return [
        Migration(f"{owner}/{path.name}", path.read_text(encoding="utf-8"))
        for owner, folder in folders.items()
        for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    ]


async def migrate(admin_dsn: str, service: str) -> list[str]:
    """Bring the schema of a service up to date as its owner; returns the names applied.

    Raises MigrationError if an applied file was edited or has disappeared, or if a new one comes before an applied one.
    """
    if not re.fullmatch(r"[a-z_]+", service):
        raise MigrationError(f"not a service: {service}")
    connection = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('qmi:migrate:' || $1))", service)
        await _open_schema(connection, service)
        applied = await applied_in(connection)
        todo = pending(migrations_of(service), applied)
        for migration in todo:
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum
                )
        await _grant(connection, service)
        return [migration.name for migration in todo]
    finally:
        await connection.close()


def pending(known: Sequence[Migration], applied: dict[str, str]) -> list[Migration]:
    """What is left to apply; MigrationError when history was rewritten."""
    by_name = {migration.name: migration for migration in known}
    latest = {name.partition("/")[0]: name for name in sorted(applied)}
    for name, checksum in applied.items():
        if name not in by_name:
            raise MigrationError(f"{name} was applied and is no longer in the code: is this an older release?")
        if by_name[name].checksum != checksum:
            raise MigrationError(f"{name} was edited after it was applied; write a new migration instead")
    todo = [migration for migration in known if migration.name not in applied]
    for migration in todo:
        if migration.name < latest.get(migration.name.partition("/")[0], ""):
            raise MigrationError(f"{migration.name} comes before one that was applied; give it a later number")
    return todo


async def applied_in(connection: Connection) -> dict[str, str]:
    """Name and checksum of each applied migration, in the order they were applied."""
    rows = await connection.fetch("SELECT name, checksum FROM schema_migrations ORDER BY applied_at, name")
    return {row["name"]: row["checksum"] for row in rows}


async def _open_schema(connection: Connection, schema: str) -> None:
    # The schema may have been made beforehand by an administrator whose owner role may not create any.
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", schema):
        await connection.execute(f"CREATE SCHEMA {schema}")
    await connection.execute(f"SET search_path = {schema}")
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, checksum text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
    )


async def _grant(connection: Connection, schema: str) -> None:
    role = f"qmi_{schema}"
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role):
        return
    await connection.execute(
        f"GRANT USAGE ON SCHEMA {schema} TO {role};"  # noqa: S608 (both names are plain words, checked)
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};"
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};"
        f"REVOKE UPDATE, DELETE, TRUNCATE ON event_log, access_log, audit_seals, audit_checkpoints FROM {role};"
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE"
        f" ON schema_migrations, operations, settled_dead_letters FROM {role};"
    )


def main(arguments: Sequence[str]) -> int:
    """Migrate the services named, with QMI_ADMIN_DATABASE_URL; exit code 0, or 1 with a message."""
    dsn = os.environ.get("QMI_ADMIN_DATABASE_URL") or _secret("QMI_ADMIN_DATABASE_URL_FILE")
    if not dsn or not arguments:
        sys.stderr.write("usage: QMI_ADMIN_DATABASE_URL=… python -m shared.kit.migrate <service>…\n")
        return 2
    for service in arguments:
        try:
            applied = asyncio.run(migrate(dsn, service))
        except (MigrationError, OSError, asyncpg.PostgresError) as error:
            sys.stderr.write(f"{service}: {error}\n")
            return 1
        sys.stdout.write(f"{service}: {', '.join(applied) or 'up to date'}\n")
    return 0


def _secret(variable: str) -> str | None:
    path = os.environ.get(variable)
    return Path(path).read_text(encoding="utf-8").strip() if path else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
