"""The rounds that choose communes, in the table `commune_rounds`."""

from uuid import UUID

import asyncpg

from services.selection.domain.commune_round import CommuneRound, Status
from services.selection.domain.errors import RoundAlreadyOpen
from services.selection.store.codecs import CRITERIA, PANEL, RATIFICATION, RECOMMENDATION, to_json
from shared.kit.database import Connection
from shared.kit.refusals import NotFound, Stale


def commune_round_of(row: asyncpg.Record) -> CommuneRound:
    """A round from its row."""
    return CommuneRound(
        id=row["id"],
        call_id=row["call_id"],
        edition=row["edition"],
        criteria=CRITERIA.validate_python(row["criteria"]),
        scale_max=row["scale_max"],
        quota=row["quota"],
        opened_at=row["opened_at"],
        status=Status(row["status"]),
        panel=PANEL.validate_python(row["panel"]),
        unsealed_at=row["unsealed_at"],
        unsealing_reason=row["unsealing_reason"],
        recommendation=RECOMMENDATION.validate_python(row["recommendation"]),
        ratification=RATIFICATION.validate_python(row["ratification"]),
        announced_at=row["announced_at"],
        version=row["version"],
    )


class SqlCommuneRounds:
    """The commune rounds of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, round_id: UUID) -> CommuneRound:
        """A round to change: nobody else changes it until the transaction ends."""
        return await self._one("SELECT * FROM commune_rounds WHERE id = $1 FOR UPDATE", round_id)

    async def read(self, round_id: UUID) -> CommuneRound:
        """A round as it is now."""
        return await self._one("SELECT * FROM commune_rounds WHERE id = $1", round_id)

    async def of_call(self, call_id: UUID) -> CommuneRound | None:
        """The round of a call, held until the transaction ends; None when the call has not closed."""
        row = await self._connection.fetchrow("SELECT * FROM commune_rounds WHERE call_id = $1 FOR UPDATE", call_id)
        return commune_round_of(row) if row else None

    async def add(self, round_: CommuneRound) -> None:
        """A new round; RoundAlreadyOpen for a second one of its call."""
        added = await self._connection.fetchval(
            "INSERT INTO commune_rounds (id, call_id, edition, criteria, scale_max, quota, opened_at, status, panel,"
            " version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING true",
            *(round_.id, round_.call_id, round_.edition, to_json(CRITERIA, round_.criteria), round_.scale_max),
            *(round_.quota, round_.opened_at, round_.status, to_json(PANEL, round_.panel), round_.version),
        )
        if not added:
            raise RoundAlreadyOpen

    async def save(self, round_: CommuneRound) -> int:
        """A changed round; its new version, or Stale."""
        version: int | None = await self._connection.fetchval(
            "UPDATE commune_rounds SET status = $3, panel = $4, unsealed_at = $5, unsealing_reason = $6,"
            " recommendation = $7, ratification = $8, announced_at = $9, version = version + 1"
            " WHERE id = $1 AND version = $2 RETURNING version",
            *(round_.id, round_.version, round_.status, to_json(PANEL, round_.panel), round_.unsealed_at),
            *(round_.unsealing_reason, to_json(RECOMMENDATION, round_.recommendation)),
            *(to_json(RATIFICATION, round_.ratification), round_.announced_at),
        )
        if version is None:
            raise Stale
        return version

    async def _one(self, query: str, round_id: UUID) -> CommuneRound:
        row = await self._connection.fetchrow(query, round_id)
        if row is None:
            raise NotFound
        return commune_round_of(row)
