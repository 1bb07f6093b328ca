"""Migrations on PostgreSQL: once, in order, under a lock, by the owner, with the rights of the service."""

import asyncio

import asyncpg
import pytest

from shared.kit.database import Database
from shared.kit.health import Health, migrations_applied
from shared.kit.migrate import Migration, MigrationError, migrate, migrations_of, pending
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


def test_a_file_slipped_in_before_one_that_was_applied_stops_the_migration() -> None:
    first, second, other = (
        Migration("kit/0001_a.sql", "a"),
        Migration("kit/0002_b.sql", "b"),
        Migration("s/0001_c.sql", "c"),
    )

    assert pending([first, second, other], {first.name: first.checksum, other.name: other.checksum}) == [second]
    with pytest.raises(MigrationError, match="0001_a"):
        pending([first, second, other], {second.name: second.checksum})


async def test_the_old_release_stays_ready_while_the_next_one_is_rolled_out(database: OwnDatabase) -> None:
    admin = await database.connect()
    await admin.execute("INSERT INTO candidature.schema_migrations (name, checksum) VALUES ('kit/9999_next.sql', '')")
    await admin.close()
    service = Database(database.dsn("candidature"), "candidature")
    await service.start()
    health = await migrations_applied(service, "candidature")()
    await service.stop()

    assert health is Health.OK


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
