"""Say of a proposal whether one is in conflict with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.declaration import Declaration
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class DeclareJurorInterests:
    """What a juror declares of one proposal."""

    round_id: UUID
    proposal_id: UUID
    juror_id: UUID
    conflict: bool
    reason: str | None
    at: datetime


async def declare_juror_interests(command: DeclareJurorInterests, work: Work) -> Declaration:
    """Keep what is said; a conflict bars the juror from scoring, and leaves a score already given out."""
    async with work:
        round_ = await work.project_rounds.get(command.round_id)
        round_.require_scoring()
        proposal = await work.proposals.get(round_.call_id, command.proposal_id)
        said = await work.declarations.get(round_.id, proposal.id, command.juror_id)
        interests = round_.interests(command.juror_id, proposal, said)
        declaration = interests.declare(conflict=command.conflict, reason=command.reason, at=command.at)
        if declaration != said:
            await work.declarations.save(declaration)
            detail = {"member": str(command.juror_id), "conflict": str(declaration.conflict).lower()}
            await work.record("interests.declare", proposal.id, detail)
        return declaration
