"""List the proposals of a wave, for those who score them and those who want them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.project_round import ProjectRound
from services.selection.domain.proposal import Interest, Proposal
from services.selection.usecases.ports import Work
from services.selection.usecases.problem_of import counted_scores
from services.selection.usecases.read_models import ProposalLine
from shared.kit.refusals import NotFound


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a juror, a commune of the wave, or (both None) the programme team."""

    juror_id: UUID | None = None
    commune: str | None = None

    def require_sight(self, round_: ProjectRound) -> None:
        """What one has no part in is not there."""
        if self.juror_id is not None and round_.panel.includes(self.juror_id):
            return
        if self.commune is not None and self.commune in round_.communes:
            return
        if self.juror_id is not None or self.commune is not None:
            raise NotFound()

    def sees_scores_of(self, round_: ProjectRound) -> bool:
        """The jury and the programme team see all scores; a commune none."""
        return self.commune is None or (self.juror_id is not None and round_.panel.includes(self.juror_id))


async def list_proposals(round_id: UUID, viewer: Viewer, work: Work) -> list[ProposalLine]:
    """Every admitted proposal of the wave, with what the viewer may know of it."""
    async with work:
        round_ = await work.project_rounds.read(round_id)
        viewer.require_sight(round_)
        proposals = {proposal.id: proposal for proposal in await work.proposals.of_call(round_.call_id)}
        scores = await counted_scores(round_, proposals, work)
        own = {
            s.proposal_id: s.score for s in await work.jury_scores.of_round(round_id) if s.juror_id == viewer.juror_id
        }
        interests = _by_proposal(await work.interests.of_round(round_id), viewer, round_)
        blocked = await _blocked(round_, proposals, viewer, work)
    shown = viewer.sees_scores_of(round_)
    return [
        ProposalLine(
            proposal=proposal,
            scores=tuple(scores.get(proposal.id, ())) if shown else (),
            own_score=own.get(proposal.id),
            interests=interests[proposal.id],
            blocked=proposal.id in blocked,
        )
        for proposal in proposals.values()
    ]


def _by_proposal(stated: Sequence[Interest], viewer: Viewer, round_: ProjectRound) -> dict[UUID, dict[str, int]]:
    interests: dict[UUID, dict[str, int]] = defaultdict(dict)
    for said in stated:
        if viewer.sees_scores_of(round_) or said.commune == viewer.commune:
            interests[said.proposal_id][said.commune] = said.interest
    return interests


async def _blocked(
    round_: ProjectRound, proposals: Mapping[UUID, Proposal], viewer: Viewer, work: Work
) -> frozenset[UUID]:
    if viewer.juror_id is None or not round_.panel.includes(viewer.juror_id):
        return frozenset()
    said = await work.declarations.of_round(round_.id)
    juror_id = viewer.juror_id
    return frozenset(
        proposal.id
        for proposal in proposals.values()
        if round_.interests(juror_id, proposal, said.get((proposal.id, juror_id))).blocked
    )
