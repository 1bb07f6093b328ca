"""State the allocation problem of a round from what was said so far."""

from services.selection.domain.allocation import Pair, Problem, missing_scores
from services.selection.domain.errors import ProposalsNotScored
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.proposal import pair_value
from services.selection.domain.scenario import Request
from services.selection.usecases.ports import Work


async def problem_of(round_: ProjectRound, request: Request, work: Work) -> Problem:
    """The pairs with their values; every proposal has at least one score, or ProposalsNotScored."""
    proposals = {proposal.id: proposal for proposal in await work.proposals.of_call(round_.call_id)}
    given, declared = await work.jury_scores.of_round(round_.id), await work.declarations.of_round(round_.id)
    scores = round_.counted_scores(proposals, given, declared)
    if missing := missing_scores(list(proposals), scores):
        raise ProposalsNotScored(missing)
    stated = {Pair(said.proposal_id, said.commune): said.interest for said in await work.interests.of_round(round_.id)}
    pairs = [Pair(proposal, commune) for proposal in proposals for commune in round_.communes]
    values = {
        pair: pair_value(
            proposals[pair.proposal_id], pair.commune, stated.get(pair, 0), scores[pair.proposal_id], round_.scale_max
        )
        for pair in pairs
    }
    return Problem(round_.communes, tuple(proposals), values, request.bounds, request.frozen, request.incompatible)
