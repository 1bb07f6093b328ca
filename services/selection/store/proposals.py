"""The admitted proposals, in the table `admitted_proposals`."""

from uuid import UUID

import asyncpg

from services.selection.domain.proposal import Proposal
from shared.kit.database import Connection
from shared.kit.refusals import NotFound


def proposal_of(row: asyncpg.Record) -> Proposal:
    """A proposal from its row."""
    return Proposal(
        id=row["id"],
        call_id=row["call_id"],
        edition=row["edition"],
        wave=row["wave"],
        title=row["title"],
        holder_id=row["holder_id"],
        ranked_communes=tuple(row["ranked_communes"]),
        admitted_at=row["admitted_at"],
    )


class SqlProposals:
    """The admitted proposals of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, call_id: UUID, proposal_id: UUID) -> Proposal:
        """One of this call; NotFound otherwise."""
        row = await self._connection.fetchrow(
            "SELECT * FROM admitted_proposals WHERE call_id = $1 AND id = $2", call_id, proposal_id
        )
        if row is None:
            raise NotFound
        return proposal_of(row)

    async def of_call(self, call_id: UUID) -> list[Proposal]:
        """All of a call, by identifier."""
        rows = await self._connection.fetch("SELECT * FROM admitted_proposals WHERE call_id = $1 ORDER BY id", call_id)
        return [proposal_of(row) for row in rows]

    async def add(self, proposal: Proposal) -> None:
        """A newly admitted one; admitted again, it says the same."""
        await self._connection.execute(
            "INSERT INTO admitted_proposals (id, call_id, edition, wave, title, holder_id, ranked_communes,"
            " admitted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            *(proposal.id, proposal.call_id, proposal.edition, proposal.wave, proposal.title, proposal.holder_id),
            *(proposal.ranked_communes, proposal.admitted_at),
        )
