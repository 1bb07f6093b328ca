"""Migrations on PostgreSQL: once, in order, under a lock, by the owner, with the rights of the service."""

import asyncio

import asyncpg
import pytest

from shared.kit.migrate import MigrationError, migrate, migrations_of
from tests.infrastructure.databases import OwnDatabase

SERVICES = ("candidature",)


async def test_migrating_again_applies_nothing(database: OwnDatabase) -> None:
    assert await migrate(database.admin_dsn, "candidature") == []


async def test_two_that_migrate_at_once_apply_each_file_once(database: OwnDatabase) -> None:
    applied = await asyncio.gather(*(migrate(database.admin_dsn, "selection") for _ in range(3)))

    assert sorted(map(len, applied)) == [0, 0, len(migrations_of("selection"))]


async def test_an_edited_file_stops_the_migration(database: OwnDatabase) -> None:
    admin = await database.connect()
    await admin.execute("UPDATE candidature.schema_migrations SET checksum = 'edited' WHERE name LIKE 'kit/0001%'")
    await admin.close()

    with pytest.raises(MigrationError, match="edited"):
        await migrate(database.admin_dsn, "candidature")


async def test_a_service_cannot_change_its_schema(database: OwnDatabase) -> None:
    service = await database.connect("candidature")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute("ALTER TABLE event_log ADD COLUMN forged text")
    finally:
        await service.close()


async def test_a_service_cannot_read_the_tables_of_another(database: OwnDatabase) -> None:
    await migrate(database.admin_dsn, "selection")
    service = await database.connect("candidature")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.fetch("SELECT * FROM selection.event_log")
    finally:
        await service.close()
