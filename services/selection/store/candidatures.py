"""The admitted dossiers, in the table `admitted_candidatures`."""

from uuid import UUID

import asyncpg

from services.selection.domain.candidature import Candidature
from shared.kit.database import Connection
from shared.kit.refusals import NotFound


def _candidature(row: asyncpg.Record) -> Candidature:
    return Candidature(row["id"], row["call_id"], row["edition"], row["commune"], row["admitted_at"])


class SqlCandidatures:
    """The admitted dossiers of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, call_id: UUID, candidature_id: UUID) -> Candidature:
        """One of this call; NotFound otherwise."""
        row = await self._connection.fetchrow(
            "SELECT * FROM admitted_candidatures WHERE call_id = $1 AND id = $2", call_id, candidature_id
        )
        if row is None:
            raise NotFound()
        return _candidature(row)

    async def of_call(self, call_id: UUID) -> list[Candidature]:
        """All of a call, by commune."""
        rows = await self._connection.fetch(
            "SELECT * FROM admitted_candidatures WHERE call_id = $1 ORDER BY commune, id", call_id
        )
        return [_candidature(row) for row in rows]

    async def add(self, candidature: Candidature) -> None:
        """A newly admitted one; admitted again, it says the same."""
        await self._connection.execute(
            "INSERT INTO admitted_candidatures (id, call_id, edition, commune, admitted_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            *(candidature.id, candidature.call_id, candidature.edition, candidature.commune, candidature.admitted_at),
        )
