"""Send a proposal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class SubmitProposal:
    """Complete, and in time."""

    proposal_id: UUID
    scope: Scope
    at: datetime


async def submit_proposal(command: SubmitProposal, work: Work) -> int:
    """Send it to the programme; returns its new version. The call cannot close in between."""
    async with work:
        call = await work.calls.hold(await work.proposals.call_of(command.proposal_id, command.scope))
        proposal = await work.proposals.get(command.proposal_id, command.scope)
        submitted, event = proposal.submit(call, at=command.at)
        version = await work.proposals.save(submitted)
        await work.publish(submitted.id, event)
        return version
