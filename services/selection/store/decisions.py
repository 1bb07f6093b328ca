"""The announced decisions, in the table `decisions`."""

from collections.abc import Sequence

import asyncpg

from services.selection.domain.announcement import Decision
from shared.events.types import Outcome
from shared.kit.database import Connection


def decision_of(row: asyncpg.Record) -> Decision:
    """A decision from its row."""
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
