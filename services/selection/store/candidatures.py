"""The admitted dossiers, in the table `admitted_candidatures`."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.panel import Member
from shared.kit.database import Connection
from shared.kit.refusals import NotFound


def candidature_of(row: asyncpg.Record) -> Candidature:
    """A dossier from its row."""
    return Candidature(
        id=row["id"],
        call_id=row["call_id"],
        edition=row["edition"],
        commune=row["commune"],
        admitted_at=row["admitted_at"],
        withdrawn_at=row["withdrawn_at"],
    )


class SqlCandidatures:
    """The admitted dossiers of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, call_id: UUID, candidature_id: UUID) -> Candidature:
        """One of this call; NotFound otherwise."""
        row = await self._connection.fetchrow(
            "SELECT * FROM admitted_candidatures WHERE call_id = $1 AND id = $2 AND withdrawn_at IS NULL",
            *(call_id, candidature_id),
        )
        if row is None:
            raise NotFound
        return candidature_of(row)

    async def of_call(self, call_id: UUID) -> list[Candidature]:
        """All of a call, by commune."""
        rows = await self._connection.fetch(
            "SELECT * FROM admitted_candidatures WHERE call_id = $1 AND withdrawn_at IS NULL ORDER BY commune, id",
            call_id,
        )
        return [candidature_of(row) for row in rows]

    async def undeclared(self, round_: CommuneRound, member: Member) -> int:
        """On how many a member has still to declare; those of the body the member speaks for are evident."""
        count: int = await self._connection.fetchval(
            "SELECT count(*) FROM admitted_candidatures AS admitted"
            " WHERE call_id = $1 AND withdrawn_at IS NULL AND commune <> $2 AND NOT EXISTS ("
            "SELECT FROM declarations WHERE round_id = $3 AND file_id = admitted.id AND member_id = $4)",
            *(round_.call_id, member.organisation, round_.id, member.id),
        )
        return count

    async def add(self, candidature: Candidature) -> None:
        """A newly admitted one; admitted again, it says the same."""
        await self._connection.execute(
            "INSERT INTO admitted_candidatures (id, call_id, edition, commune, admitted_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            *(candidature.id, candidature.call_id, candidature.edition, candidature.commune, candidature.admitted_at),
        )

    async def withdraw(self, candidature_id: UUID, *, at: datetime) -> bool:
        """It is not there any more; whether it was."""
        left = await self._connection.fetchval(
            "UPDATE admitted_candidatures SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL RETURNING true",
            *(candidature_id, at),
        )
        return bool(left)
