"""The proposals, in the table `proposals`."""

from uuid import UUID

import asyncpg

from services.candidature.domain.proposal import Origin, Proposal, ProposalStatus
from services.candidature.store.codecs import PITCH, to_json
from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.refusals import NotFound, Stale

# $1 is a proposal, $2 the owner of the scope. A draft is the innovator's alone.
VISIBLE = """
SELECT * FROM proposals
WHERE id = $1 AND (organisation = $2 OR ($2::text IS NULL AND submitted_at IS NOT NULL))
"""


def proposal_of(row: asyncpg.Record) -> Proposal:
    """A proposal from its row."""
    return Proposal(
        id=row["id"],
        call_id=row["call_id"],
        edition=row["edition"],
        wave=row["wave"],
        organisation=row["organisation"],
        pitch=PITCH.validate_python(row["pitch"]),
        origin=Origin(row["origin"]),
        started_at=row["started_at"],
        status=ProposalStatus(row["status"]),
        submitted_at=row["submitted_at"],
        reasons=tuple(row["reasons"]),
        commune=row["commune"],
        version=row["version"],
    )


class SqlProposals:
    """The proposals of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, proposal_id: UUID, scope: Scope) -> Proposal:
        """A proposal to change; NotFound when not visible."""
        row = await self._connection.fetchrow(VISIBLE + " FOR UPDATE", proposal_id, scope.owner)
        if row is None:
            raise NotFound
        return proposal_of(row)

    async def call_of(self, proposal_id: UUID, scope: Scope) -> UUID:
        """The call a visible proposal answers, which never changes."""
        row = await self._connection.fetchrow(VISIBLE, proposal_id, scope.owner)
        if row is None:
            raise NotFound
        call_id: UUID = row["call_id"]
        return call_id

    async def add(self, proposal: Proposal) -> None:
        """A new proposal."""
        await self._connection.execute(
            "INSERT INTO proposals (id, call_id, edition, wave, organisation, status, pitch, origin, started_at,"
            " submitted_at, reasons, commune, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            *(proposal.id, proposal.call_id, proposal.edition, proposal.wave, proposal.organisation, proposal.status),
            *(to_json(PITCH, proposal.pitch), proposal.origin, proposal.started_at, proposal.submitted_at),
            *(list(proposal.reasons), proposal.commune, proposal.version),
        )

    async def save(self, proposal: Proposal) -> int:
        """A changed proposal; returns its new version; raises Stale."""
        version: int | None = await self._connection.fetchval(
            "UPDATE proposals SET status = $3, pitch = $4, submitted_at = $5, reasons = $6, commune = $7,"
            " version = version + 1 WHERE id = $1 AND version = $2 RETURNING version",
            *(proposal.id, proposal.version, proposal.status, to_json(PITCH, proposal.pitch), proposal.submitted_at),
            *(list(proposal.reasons), proposal.commune),
        )
        if version is None:
            raise Stale
        return version

    async def received(self, call_id: UUID) -> int:
        """How many proposals of a call were sent."""
        count: int = await self._connection.fetchval(
            "SELECT count(*) FROM proposals WHERE call_id = $1 AND submitted_at IS NOT NULL", call_id
        )
        return count
