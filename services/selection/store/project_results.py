"""What became of each proposal, in the table `project_results`."""

from collections.abc import Sequence

import asyncpg

from services.selection.usecases.read_models import ProjectResult
from shared.kit.database import Connection


def result_of(row: asyncpg.Record) -> ProjectResult:
    """A result from its row."""
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
