"""What became of each proposal, in the table `project_results`."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.selection.usecases.read_models import ProjectResult
from shared.kit.access import Scope
from shared.kit.database import Connection


def _result(row: asyncpg.Record) -> ProjectResult:
    return ProjectResult(
        proposal_id=row["proposal_id"],
        round_id=row["round_id"],
        edition=row["edition"],
        wave=row["wave"],
        title=row["title"],
        holder_id=row["holder_id"],
        commune=row["commune"],
        decided_at=row["decided_at"],
    )


class SqlProjectResults:
    """The results of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, results: Sequence[ProjectResult]) -> None:
        """The results of a round, all at once."""
        await self._connection.executemany(
            "INSERT INTO project_results (proposal_id, round_id, edition, wave, title, holder_id, commune, decided_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                (
                    *(each.proposal_id, each.round_id, each.edition, each.wave, each.title, each.holder_id),
                    *(each.commune, each.decided_at),
                )
                for each in results
            ],
        )

    async def page(self, scope: Scope, *, after: UUID | None, limit: int) -> list[ProjectResult]:
        """By descending proposal identifier; a scope sees what it carries and what it receives."""
        rows = await self._connection.fetch(
            "SELECT * FROM project_results WHERE ($1::text IS NULL OR commune = $1 OR holder_id = $1)"
            " AND ($2::uuid IS NULL OR proposal_id < $2) ORDER BY proposal_id DESC LIMIT $3",
            *(scope.owner, after, limit),
        )
        return [_result(row) for row in rows]
