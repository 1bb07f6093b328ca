"""Record what the jury has decided on a proposal."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ConcludeProposal:
    """`commune` is where the project goes, None when it is not retained."""

    proposal_id: UUID
    commune: str | None


async def conclude_proposal(command: ConcludeProposal, work: Work) -> None:
    """Give the proposal its outcome, as the selection service announced it."""
    async with work:
        proposal = await work.proposals.get(command.proposal_id, Scope.everything())
        concluded = proposal.select(command.commune) if command.commune else proposal.set_aside()
        await work.proposals.save(concluded)
