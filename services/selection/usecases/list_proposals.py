"""List the proposals of a wave, for those who score them and those who want them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.declaration import Declaration
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.proposal import Interest, Proposal
from services.selection.usecases.ports import Work
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
            raise NotFound

    def sees_scores_of(self, round_: ProjectRound) -> bool:
        """The jury and the programme team see all scores; a commune none."""
        return self.commune is None or (self.juror_id is not None and round_.panel.includes(self.juror_id))


@dataclass(frozen=True, slots=True)
class ListProposals:
    """A page by identifier, after the one given."""

    round_id: UUID
    viewer: Viewer
    after: UUID | None
    limit: int


async def list_proposals(command: ListProposals, work: Work) -> list[ProposalLine]:
    """The admitted proposals of the wave, with what the viewer may know of them: nothing of those in conflict."""
    viewer = command.viewer
    async with work:
        round_ = await work.project_rounds.read(command.round_id)
        viewer.require_sight(round_)
        shown = await work.views.proposals(round_.call_id, after=command.after, limit=command.limit)
        proposals = {proposal.id: proposal for proposal in shown}
        given = await work.jury_scores.of_round(round_.id)
        declared = await work.declarations.of_round(round_.id)
        interests = _by_proposal(await work.interests.of_round(round_.id), viewer, round_)
    scores = round_.counted_scores(proposals, given, declared) if viewer.sees_scores_of(round_) else {}
    own = {each.proposal_id: each.score for each in given if each.juror_id == viewer.juror_id}
    blocked = _blocked(round_, proposals, viewer, declared)
    return [
        ProposalLine(
            proposal=proposal,
            scores=() if proposal.id in blocked else tuple(scores.get(proposal.id, ())),
            own_score=own.get(proposal.id),
            interests={} if proposal.id in blocked else interests[proposal.id],
            blocked=proposal.id in blocked,
        )
        for proposal in shown
    ]


def _by_proposal(stated: Sequence[Interest], viewer: Viewer, round_: ProjectRound) -> dict[UUID, dict[str, int]]:
    interests: dict[UUID, dict[str, int]] = defaultdict(dict)
    for said in stated:
        if viewer.sees_scores_of(round_) or said.commune == viewer.commune:
            interests[said.proposal_id][said.commune] = said.interest
    return interests


def _blocked(
    round_: ProjectRound,
    proposals: Mapping[UUID, Proposal],
    viewer: Viewer,
    said: Mapping[tuple[UUID, UUID], Declaration],
) -> frozenset[UUID]:
    if viewer.juror_id is None or not round_.panel.includes(viewer.juror_id):
        return frozenset()
    juror_id = viewer.juror_id
    return frozenset(
        proposal.id
        for proposal in proposals.values()
        if round_.interests(juror_id, proposal, said.get((proposal.id, juror_id))).blocked
    )
