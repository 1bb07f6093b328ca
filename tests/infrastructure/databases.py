"""A PostgreSQL database for each test, cloned from one that was migrated once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

import asyncpg

from deploy.postgres.roles import ensure_roles
from shared.kit.migrate import migrate

SERVICES = ("candidature", "selection", "experiments", "notifications")


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """A database of one test: `admin_dsn` is a superuser's, `dsn(service)` what that service would be given."""

    name: str
    admin_dsn: str

    def dsn(self, service: str) -> str:
        """The address for a service: its role and nothing more; its own schema first."""
        return _with(self.admin_dsn, query={"role": f"qmi_{service}", "search_path": service})

    async def connect(self, service: str | None = None) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection as a service, or as the superuser; the caller closes it."""
        return await asyncpg.connect(self.dsn(service) if service else self.admin_dsn)


class Databases:
    """Makes databases on one server; a template for each set of services is migrated the first time it is needed."""

    def __init__(self, admin_dsn: str) -> None:
        self._admin_dsn = admin_dsn
        self._templates: dict[tuple[str, ...], str] = {}

    async def create(self, *services: str) -> OwnDatabase:
        """A new database with the schemas of these services (all four by default)."""
        wanted = tuple(sorted(set(services or SERVICES)))
        if wanted not in self._templates:
            self._templates[wanted] = await self._template(wanted)
        return await self._make(f"qmi_test_{secrets.token_hex(6)}", self._templates[wanted])

    async def drop(self, database: OwnDatabase) -> None:
        """Drop a database, cutting whoever is still connected."""
        await self._run_sql(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")

    async def close(self) -> None:
        """Drop the templates."""
        for name in self._templates.values():
            await self._run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def _template(self, services: tuple[str, ...]) -> str:
        made = await self._make(f"qmi_template_{secrets.token_hex(6)}", "template0")
        await ensure_roles(made.admin_dsn, {}, services=services)
        for service in services:
            await migrate(made.admin_dsn, service)
        return made.name

    async def _make(self, name: str, template: str) -> OwnDatabase:
        await self._run_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return OwnDatabase(name, _with(self._admin_dsn, path=f"/{name}"))

    async def _run_sql(self, sql: str) -> None:
        connection = await asyncpg.connect(self._admin_dsn)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


def _with(dsn: str, *, path: str | None = None, query: Mapping[str, str] | None = None) -> str:
    parts = urlsplit(dsn)
    joined = "&".join(filter(None, (parts.query, urlencode(query or {}))))
    return urlunsplit((parts.scheme, parts.netloc, path or parts.path, joined, ""))
