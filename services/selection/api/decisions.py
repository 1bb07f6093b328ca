"""The acts that decide on communes: unsealing, recommendation, ratification; and, once announced, their results."""

from uuid import UUID

from services.selection.api.decision_models import (
    CommuneResultView,
    RatificationBody,
    RecommendationBody,
    UnsealingBody,
)
from services.selection.api.deps import Seated, Work, after
from services.selection.api.ranking_models import RankingView
from services.selection.usecases.adopt_recommendation import AdoptRecommendation, adopt_recommendation
from services.selection.usecases.rank_candidatures import RankCandidatures, rank_candidatures
from services.selection.usecases.ratify_recommendation import RatifyRecommendation, ratify_recommendation
from services.selection.usecases.unseal_scores import UnsealScores, unseal_scores
from shared.kit.api import Now, Page, Paging, Within, problems, requires, router

decisions = router("/v1/commune-rounds/{round_id}", tags=["Décision sur les communes"])
commune_results = router("/v1/commune-results", tags=["Résultats des communes"])


@decisions.post(
    "/unsealing", status_code=204, dependencies=[requires("scores.unseal")], responses=problems(403, 404, 409)
)
async def unseal(round_id: UUID, body: UnsealingBody, work: Work, caller: Seated, now: Now) -> None:
    """Unseal the scores: once all reviews are in; before that the chair alone may, with a reason."""
    await unseal_scores(UnsealScores(round_id, caller, body.reason, at=now), work)


@decisions.get("/ranking", dependencies=[requires("commune-round.read")], responses=problems(404, 409))
async def rank(round_id: UUID, work: Work, caller: Seated) -> RankingView:
    """Read means, dispersion, harshness, agreement and ranking, once the scores are unsealed."""
    return RankingView.of(await rank_candidatures(RankCandidatures(round_id, caller), work))


@decisions.post(
    "/recommendation",
    status_code=204,
    dependencies=[requires("recommendation.adopt")],
    responses=problems(403, 404, 409),
)
async def recommend(round_id: UUID, body: RecommendationBody, work: Work, caller: Seated, now: Now) -> None:
    """Adopt the recommendation of the committee; passing the quota takes a written reason."""
    command = AdoptRecommendation(
        round_id=round_id,
        ballot=body.ballot(),
        present=body.present,
        minutes=body.minutes,
        over_quota_reason=body.over_quota_reason,
        caller=caller,
        at=now,
    )
    await adopt_recommendation(command, work)


@decisions.post(
    "/ratification", status_code=204, dependencies=[requires("recommendation.ratify")], responses=problems(404, 409)
)
async def ratify(round_id: UUID, body: RatificationBody, work: Work, now: Now) -> None:
    """Record the deliberation; every commune is told at the instant of the announcement, and nobody before."""
    await ratify_recommendation(RatifyRecommendation(round_id, body.ratification(now)), work)


@commune_results.get("", dependencies=[requires("commune-result.read")])
async def browse_results(work: Work, within: Within, paging: Paging) -> Page[CommuneResultView]:
    """List the announced decisions; a commune sees its own."""
    async with work:
        found = await work.views.decisions(within, after=after(paging), limit=paging.fetch)
    return paging.page(found, CommuneResultView.of, lambda decision: (str(decision.candidature_id),))


@commune_results.get("/{candidature_id}", dependencies=[requires("commune-result.read")], responses=problems(404))
async def show_result(candidature_id: UUID, work: Work, within: Within) -> CommuneResultView:
    """Show the decision on a candidature, once announced."""
    async with work:
        return CommuneResultView.of(await work.views.decision(candidature_id, within))
