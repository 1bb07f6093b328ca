"""Decide whether a proposal may be examined by the jury."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.proposal import Proposal
from services.candidature.usecases.ports import Work
from shared.events.base import Event
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ExamineProposal:
    """The decision of the programme team, with the reasons the innovator is told when it is unfavourable."""

    proposal_id: UUID
    admitted: bool
    reasons: tuple[str, ...]
    scope: Scope
    at: datetime


async def examine_proposal(command: ExamineProposal, work: Work) -> int:
    """Admit it or turn it away; returns its new version."""
    async with work:
        proposal = await work.proposals.get(command.proposal_id, command.scope)
        examined, event = _decide(command, proposal)
        version = await work.proposals.save(examined)
        await work.publish(examined.id, event)
        return version


def _decide(command: ExamineProposal, proposal: Proposal) -> tuple[Proposal, Event]:
    if command.admitted:
        return proposal.admit(at=command.at)
    return proposal.refuse(command.reasons, at=command.at)
