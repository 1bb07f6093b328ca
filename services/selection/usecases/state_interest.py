"""Say how much a commune wants a proposal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.proposal import Interest
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class StateInterest:
    """0 is no interest, 5 the greatest."""

    round_id: UUID
    proposal_id: UUID
    commune: str
    interest: int
    at: datetime


async def state_interest(command: StateInterest, work: Work) -> Interest:
    """Keep what the commune says now, until an allocation is adopted (R050, R082)."""
    async with work:
        round_ = await work.project_rounds.get(command.round_id)
        proposal = await work.proposals.get(round_.call_id, command.proposal_id)
        interest = round_.state_interest(proposal, command.commune, command.interest, at=command.at)
        await work.interests.save(interest)
        detail = {"commune": command.commune, "interest": str(command.interest)}
        await work.record("interest.state", proposal.id, detail)
        return interest
