"""The rounds that choose projects, in the table `project_rounds`."""

from uuid import UUID

import asyncpg

from services.selection.domain.errors import RoundAlreadyOpen
from services.selection.domain.project_round import ProjectRound, Status
from services.selection.store.codecs import ADOPTION, PANEL, to_json
from shared.kit.database import Connection
from shared.kit.refusals import NotFound, Stale


def project_round_of(row: asyncpg.Record) -> ProjectRound:
    """A round from its row."""
    return ProjectRound(
        id=row["id"],
        call_id=row["call_id"],
        edition=row["edition"],
        wave=row["wave"],
        communes=tuple(row["communes"]),
        scale_max=row["scale_max"],
        projects_min=row["projects_min"],
        projects_max=row["projects_max"],
        opened_at=row["opened_at"],
        status=Status(row["status"]),
        panel=PANEL.validate_python(row["panel"]),
        adoption=ADOPTION.validate_python(row["adoption"]),
        version=row["version"],
    )


class SqlProjectRounds:
    """The project rounds of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, round_id: UUID) -> ProjectRound:
        """A round to change: nobody else changes it until the transaction ends."""
        return await self._one("SELECT * FROM project_rounds WHERE id = $1 FOR UPDATE", round_id)

    async def read(self, round_id: UUID) -> ProjectRound:
        """A round as it is now."""
        return await self._one("SELECT * FROM project_rounds WHERE id = $1", round_id)

    async def of_call(self, call_id: UUID) -> ProjectRound | None:
        """The round of a call, held until the transaction ends; None when the call has not closed."""
        row = await self._connection.fetchrow("SELECT * FROM project_rounds WHERE call_id = $1 FOR UPDATE", call_id)
        return project_round_of(row) if row else None

    async def add(self, round_: ProjectRound) -> None:
        """A new round; RoundAlreadyOpen for a second one of its call."""
        added = await self._connection.fetchval(
            "INSERT INTO project_rounds (id, call_id, edition, wave, communes, scale_max, projects_min, projects_max,"
            " opened_at, status, panel, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            " ON CONFLICT DO NOTHING RETURNING true",
            *(round_.id, round_.call_id, round_.edition, round_.wave, round_.communes, round_.scale_max),
            *(round_.projects_min, round_.projects_max, round_.opened_at, round_.status),
            *(to_json(PANEL, round_.panel), round_.version),
        )
        if not added:
            raise RoundAlreadyOpen

    async def save(self, round_: ProjectRound) -> int:
        """A changed round; its new version, or Stale."""
        version: int | None = await self._connection.fetchval(
            "UPDATE project_rounds SET status = $3, panel = $4, adoption = $5, version = version + 1"
            " WHERE id = $1 AND version = $2 RETURNING version",
            *(round_.id, round_.version, round_.status, to_json(PANEL, round_.panel)),
            to_json(ADOPTION, round_.adoption),
        )
        if version is None:
            raise Stale
        return version

    async def _one(self, query: str, round_id: UUID) -> ProjectRound:
        row = await self._connection.fetchrow(query, round_id)
        if row is None:
            raise NotFound
        return project_round_of(row)
