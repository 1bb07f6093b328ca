"""Alive, ready, measured: the three operational routes every process has."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from enum import StrEnum

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.kit.database import Database
from shared.kit.migrate import applied_in, migrations_of, pending
from shared.kit.telemetry import exposition

log = structlog.get_logger(__name__)

PATIENCE = 2.0
OUTBOX_OLD = timedelta(minutes=5)


class Health(StrEnum):
    """`degraded` is said aloud but still serves: an API whose broker is down goes on accepting."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


Check = Callable[[], Awaitable[Health]]


class Readiness:
    """The checks of a process, run together, each within two seconds."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)

    async def report(self) -> tuple[bool, dict[str, Health]]:
        """Whether the process may serve, and the state of each check."""
        states = await asyncio.gather(*(self._run(name, check) for name, check in self._checks.items()))
        report = dict(zip(self._checks, states, strict=True))
        return Health.FAILED not in states, report

    async def _run(self, name: str, check: Check) -> Health:
        try:
            async with asyncio.timeout(PATIENCE):
                return await check()
        except Exception as error:
            log.warning("not_ready", check=name, error=repr(error))
            return Health.FAILED


def database_answers(database: Database) -> Check:
    """The database takes a query."""

    async def check() -> Health:
        async with database.connection() as connection:
            await connection.fetchval("SELECT 1")
        return Health.OK

    return check


def migrations_applied(database: Database, service: str) -> Check:
    """Every migration of this release is in the schema, unedited; the next release may have added its own already."""
    known = migrations_of(service)
    names = {migration.name for migration in known}

    async def check() -> Health:
        async with database.connection() as connection:
            applied = await applied_in(connection)
        ours = {name: checksum for name, checksum in applied.items() if name in names}
        return Health.FAILED if pending(known, ours) else Health.OK

    return check


def outbox_drains(database: Database) -> Check:
    """Degraded when something has waited in the outbox for more than five minutes."""

    async def check() -> Health:
        async with database.connection() as connection:
            age: timedelta = await connection.fetchval(
                "SELECT coalesce(clock_timestamp() - min(created_at), '0') FROM outbox"
            )
        return Health.DEGRADED if age > OUTBOX_OLD else Health.OK

    return check


def operational_routes(readiness: Readiness, *, alive: Callable[[], bool] = lambda: True) -> list[Route]:
    """`/livez`: this process only. `/readyz`: what it needs. `/metrics`: Prometheus."""

    async def livez(request: Request) -> Response:
        return JSONResponse({"status": "ok"}) if alive() else JSONResponse({"status": "failed"}, 503)

    async def readyz(request: Request) -> Response:
        ready, report = await readiness.report()
        return JSONResponse({"status": "ready" if ready else "not-ready", "checks": report}, 200 if ready else 503)

    async def metrics(request: Request) -> Response:
        content, media_type = exposition()
        return Response(content, media_type=media_type)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
