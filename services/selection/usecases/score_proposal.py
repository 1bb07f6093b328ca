"""Score a proposal, as a juror."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.errors import ConflictOfInterest
from services.selection.domain.proposal import JuryScore
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class ScoreProposal:
    """The score of one juror, with a comment."""

    round_id: UUID
    proposal_id: UUID
    juror_id: UUID
    score: int
    comment: str
    at: datetime


async def score_proposal(command: ScoreProposal, work: Work) -> JuryScore:
    """Keep a new version of the score; saying the same again changes nothing (bad-inputs 22 and 23)."""
    async with work:
        round_ = await work.project_rounds.get(command.round_id)
        proposal = await work.proposals.get(round_.call_id, command.proposal_id)
        said = await work.declarations.get(round_.id, proposal.id, command.juror_id)
        interests = round_.interests(command.juror_id, proposal, said)
        if not interests.blocked:
            previous = await work.jury_scores.last(round_.id, proposal.id, command.juror_id)
            recorded, event = round_.score(interests, command.score, command.comment, previous=previous, at=command.at)
            if previous is not None and previous.says(command.score, command.comment):
                return previous
            await work.jury_scores.add(recorded)
            await work.publish(round_.id, event)
            return recorded
        detail = {"round": str(round_.id), "member": str(command.juror_id)}
        await work.record("conflict-of-interest", proposal.id, detail)
    raise ConflictOfInterest
