"""How much each commune wants each proposal, in the table `interests`."""

from uuid import UUID

from services.selection.domain.proposal import Interest
from shared.kit.database import Connection


class SqlInterests:
    """The interests of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_round(self, round_id: UUID) -> list[Interest]:
        """All of a round."""
        rows = await self._connection.fetch(
            "SELECT * FROM interests WHERE round_id = $1 ORDER BY proposal_id, commune", round_id
        )
        return [
            Interest(row["round_id"], row["proposal_id"], row["commune"], row["interest"], row["stated_at"])
            for row in rows
        ]

    async def save(self, interest: Interest) -> None:
        """What a commune says now."""
        await self._connection.execute(
            "INSERT INTO interests (round_id, proposal_id, commune, interest, stated_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (round_id, proposal_id, commune) DO UPDATE"
            " SET interest = excluded.interest, stated_at = excluded.stated_at",
            *(interest.round_id, interest.proposal_id, interest.commune, interest.interest, interest.stated_at),
        )
