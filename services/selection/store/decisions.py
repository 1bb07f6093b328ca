"""The announced decisions, in the table `decisions`."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.selection.domain.announcement import Decision
from shared.events.types import Outcome
from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.refusals import NotFound


def _decision(row: asyncpg.Record) -> Decision:
    return Decision(
        candidature_id=row["candidature_id"],
        round_id=row["round_id"],
        call_id=row["call_id"],
        edition=row["edition"],
        commune=row["commune"],
        outcome=Outcome(row["outcome"]),
        rank=row["rank"],
        reasons=tuple(row["reasons"]),
        deliberation_body=row["deliberation_body"],
        deliberation_number=row["deliberation_number"],
        deliberation_date=row["deliberation_date"],
        announced_at=row["announced_at"],
    )


class SqlDecisions:
    """The decisions of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, decisions: Sequence[Decision]) -> None:
        """The decisions of a round, all at once."""
        await self._connection.executemany(
            "INSERT INTO decisions (candidature_id, round_id, call_id, edition, commune, outcome, rank, reasons,"
            " deliberation_body, deliberation_number, deliberation_date, announced_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            [
                (
                    *(each.candidature_id, each.round_id, each.call_id, each.edition, each.commune, each.outcome),
                    *(each.rank, each.reasons, each.deliberation_body, each.deliberation_number),
                    *(each.deliberation_date, each.announced_at),
                )
                for each in decisions
            ],
        )

    async def get(self, candidature_id: UUID, scope: Scope) -> Decision:
        """One; NotFound when it is not announced, or of another commune."""
        row = await self._connection.fetchrow(
            "SELECT * FROM decisions WHERE candidature_id = $1 AND ($2::text IS NULL OR commune = $2)",
            *(candidature_id, scope.owner),
        )
        if row is None:
            raise NotFound()
        return _decision(row)

    async def page(self, scope: Scope, *, after: UUID | None, limit: int) -> list[Decision]:
        """By descending candidature identifier."""
        rows = await self._connection.fetch(
            "SELECT * FROM decisions WHERE ($1::text IS NULL OR commune = $1)"
            " AND ($2::uuid IS NULL OR candidature_id < $2) ORDER BY candidature_id DESC LIMIT $3",
            *(scope.owner, after, limit),
        )
        return [_decision(row) for row in rows]
