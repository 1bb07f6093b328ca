"""Begin a proposal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.pitch import Pitch
from services.candidature.domain.proposal import Origin, Proposal
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class DraftProposal:
    """`organisation` is the innovator's."""

    id: UUID
    call_id: UUID
    organisation: str
    pitch: Pitch
    origin: Origin
    at: datetime


async def draft_proposal(command: DraftProposal, work: Work) -> None:
    """Keep a draft that its holder can complete until the deadline."""
    async with work:
        call = await work.calls.read(command.call_id)
        proposal = Proposal.draft(
            command.id,
            call,
            command.pitch,
            organisation=command.organisation,
            origin=command.origin,
            at=command.at,
        )
        await work.proposals.add(proposal)
