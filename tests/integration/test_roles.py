"""roles.sql: each service logs in, finds its own schema, and can do nothing elsewhere."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.postgres.roles import UnknownRole, ensure_roles, main
from tests.infrastructure.databases import OwnDatabase

SERVICES = ("notifications",)


@dataclass(frozen=True)
class Newcomer:
    """A service that only this test knows: roles belong to the whole server, and others are at work on it."""

    name: str
    password: str

    @property
    def role(self) -> str:
        return f"qmi_{self.name}"

    async def connect(self, database: OwnDatabase) -> "asyncpg.Connection[asyncpg.Record]":
        parts = urlsplit(database.admin_dsn)
        where = f"{self.role}:{self.password}@{parts.hostname}:{parts.port}"
        return await asyncpg.connect(urlunsplit(("postgresql", where, parts.path, "", "")))


@pytest.fixture
async def newcomer(database: OwnDatabase) -> AsyncIterator[Newcomer]:
    service = Newcomer(f"essai_{secrets.token_hex(4)}", secrets.token_urlsafe(12))
    await ensure_roles(database.admin_dsn, {service.name: service.password}, services=(service.name,))
    yield service
    admin = await database.connect()
    await admin.execute(f"DROP SCHEMA {service.name} CASCADE; DROP OWNED BY {service.role}; DROP ROLE {service.role}")
    await admin.close()


async def as_owner(database: OwnDatabase, sql: str) -> None:
    """Run a migration as the owner, who is not a superuser."""
    connection = await asyncpg.connect(database.admin_dsn, server_settings={"role": "qmi_owner"})
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def test_a_service_logs_in_and_uses_what_the_owner_made_in_its_schema(
    database: OwnDatabase, newcomer: Newcomer
) -> None:
    await as_owner(database, f"CREATE TABLE {newcomer.name}.notes (id int GENERATED ALWAYS AS IDENTITY, text text)")
    connection = await newcomer.connect(database)
    try:
        await connection.execute("INSERT INTO notes (text) VALUES ('first')")

        assert await connection.fetchval("SELECT text FROM notes WHERE id = 1") == "first"
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "forbidden",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE mine (id int)",
        "SELECT * FROM notifications.event_log",
        "SET ROLE qmi_owner",
        "SET ROLE qmi_notifications",
        "CREATE ROLE mine",
    ],
)
async def test_a_service_can_do_nothing_else(database: OwnDatabase, newcomer: Newcomer, forbidden: str) -> None:
    connection = await newcomer.connect(database)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)
    finally:
        await connection.close()


async def test_applied_again_it_changes_nothing_and_keeps_the_password(
    database: OwnDatabase, newcomer: Newcomer
) -> None:
    await ensure_roles(database.admin_dsn, {}, services=(newcomer.name,))

    connection = await newcomer.connect(database)
    assert await connection.fetchval("SELECT current_user") == newcomer.role
    await connection.close()


async def test_a_new_password_replaces_the_old_one(database: OwnDatabase, newcomer: Newcomer) -> None:
    changed = "with 'quotes', %s and \\ in it"
    await ensure_roles(database.admin_dsn, {newcomer.name: changed}, services=(newcomer.name,))

    with pytest.raises(asyncpg.InvalidPasswordError):
        await newcomer.connect(database)


async def test_a_password_for_nobody_is_refused(database: OwnDatabase) -> None:
    with pytest.raises(UnknownRole, match="selectoin"):
        await ensure_roles(database.admin_dsn, {"selectoin": "x"})


async def test_data_made_with_other_secrets_are_named(
    database: OwnDatabase, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = urlsplit(database.admin_dsn)
    stranger = urlunsplit(parts._replace(netloc=f"{parts.username}:another@{parts.hostname}:{parts.port}"))
    monkeypatch.setenv("QMI_ADMIN_DATABASE_URL", stranger)

    assert await asyncio.to_thread(main) == 3
    assert "made with other secrets" in capfd.readouterr().err
