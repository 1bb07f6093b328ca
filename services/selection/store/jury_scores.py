"""The scores of the jury, in the append-only table `jury_scores`: one row per version."""

from uuid import UUID

import asyncpg

from services.selection.domain.proposal import JuryScore
from shared.kit.database import Connection


def _score(row: asyncpg.Record) -> JuryScore:
    return JuryScore(
        round_id=row["round_id"],
        proposal_id=row["proposal_id"],
        juror_id=row["juror_id"],
        number=row["number"],
        score=row["score"],
        comment=row["comment"],
        recorded_at=row["recorded_at"],
    )


class SqlJuryScores:
    """The scores of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def last(self, round_id: UUID, proposal_id: UUID, juror_id: UUID) -> JuryScore | None:
        """The version that counts."""
        row = await self._connection.fetchrow(
            "SELECT * FROM jury_scores WHERE round_id = $1 AND proposal_id = $2 AND juror_id = $3"
            " ORDER BY number DESC LIMIT 1",
            *(round_id, proposal_id, juror_id),
        )
        return _score(row) if row else None

    async def of_round(self, round_id: UUID) -> list[JuryScore]:
        """The version that counts of each."""
        rows = await self._connection.fetch(
            "SELECT DISTINCT ON (proposal_id, juror_id) * FROM jury_scores WHERE round_id = $1"
            " ORDER BY proposal_id, juror_id, number DESC",
            round_id,
        )
        return [_score(row) for row in rows]

    async def add(self, score: JuryScore) -> None:
        """A new version."""
        await self._connection.execute(
            "INSERT INTO jury_scores (round_id, proposal_id, juror_id, number, score, comment, recorded_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *(score.round_id, score.proposal_id, score.juror_id, score.number, score.score, score.comment),
            score.recorded_at,
        )
