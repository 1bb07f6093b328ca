"""The clock that can be moved, so that two years are played in minutes; never in production."""

from datetime import UTC, datetime, timedelta

from shared.kit.database import Database


class SandboxClock:
    """Real time plus a shift kept in the service's schema, so that api and worker agree on it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """The current instant of the sandbox, aware, in UTC."""
        async with self._database.connection() as connection:
            shift = await connection.fetchval("SELECT shift FROM sandbox_clock")
        return datetime.now(UTC) + (shift or timedelta())

    async def move_to(self, instant: datetime) -> datetime:
        """Make it `instant` now; time runs on from there. Going back is allowed: only a reset edition wants it."""
        shift = instant - datetime.now(UTC)
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO sandbox_clock (shift) VALUES ($1)"
                " ON CONFLICT (single) DO UPDATE SET shift = excluded.shift",
                shift,
            )
        return await self.now()
