"""The candidatures of a round: interests declared first, then dossiers opened and reviewed."""

from uuid import UUID

from fastapi import Response

from services.selection.api.candidature_models import (
    CandidatureLineView,
    CandidatureView,
    DeclarationBody,
    DeclarationView,
    LiftBody,
    ReviewBody,
    ReviewsView,
    ReviewView,
)
from services.selection.api.deps import Me, Seated, Work
from services.selection.usecases.declare_interests import DeclareInterests, declare_interests
from services.selection.usecases.lift_conflict import LiftConflict, lift_conflict
from services.selection.usecases.list_candidatures import ListCandidatures, list_candidatures
from services.selection.usecases.read_candidature import ReadCandidature, read_candidature, read_reviews
from services.selection.usecases.submit_review import SubmitReview, submit_review
from shared.kit.api import Now, Page, Paging, etag, problems, requires, router

candidatures = router("/v1/commune-rounds/{round_id}/candidatures", tags=["Évaluation des candidatures"])


@candidatures.get("", dependencies=[requires("commune-round.read")], responses=problems(404))
async def browse(round_id: UUID, work: Work, caller: Seated, paging: Paging) -> Page[CandidatureLineView]:
    """List the admitted candidatures, by commune, with what one has declared."""
    after = (str(paging.after[0]), UUID(paging.after[1])) if paging.after else None
    lines = await list_candidatures(ListCandidatures(round_id, caller, after, paging.fetch), work)
    return paging.page(lines, CandidatureLineView.of, lambda line: (line.candidature.commune, str(line.candidature.id)))


@candidatures.get("/{candidature_id}", dependencies=[requires("candidature.read")], responses=problems(404, 409))
async def show(round_id: UUID, candidature_id: UUID, work: Work, caller: Seated) -> CandidatureView:
    """Open a candidature: every declaration comes first, and a conflict refuses it, on the record."""
    return CandidatureView.of(await read_candidature(ReadCandidature(round_id, candidature_id, caller), work))


@candidatures.put(
    "/{candidature_id}/declaration", dependencies=[requires("interests.declare")], responses=problems(404, 409)
)
async def declare(
    round_id: UUID, candidature_id: UUID, body: DeclarationBody, work: Work, me: Me, now: Now
) -> DeclarationView:
    """Declare whether one is in conflict with a candidature."""
    command = DeclareInterests(round_id, candidature_id, me, body.conflict, body.reason, at=now)
    return DeclarationView.of(await declare_interests(command, work))


@candidatures.post(
    "/{candidature_id}/conflicts/{member_id}/lifting",
    status_code=204,
    dependencies=[requires("conflict.lift")],
    responses=problems(404, 409),
)
async def lift(
    round_id: UUID, candidature_id: UUID, member_id: UUID, body: LiftBody, work: Work, me: Me, now: Now
) -> None:
    """Lift the conflict of a member, as the chair, with a reason that stays on the record."""
    await lift_conflict(LiftConflict(round_id, candidature_id, member_id, me, body.reason, at=now), work)


@candidatures.put("/{candidature_id}/review", dependencies=[requires("review.submit")], responses=problems(404, 409))
async def review(
    round_id: UUID, candidature_id: UUID, body: ReviewBody, work: Work, me: Me, now: Now, response: Response
) -> ReviewView:
    """Score a candidature on every criterion; until the unsealing, a new version replaces one's own."""
    submitted = await submit_review(SubmitReview(round_id, candidature_id, me, body.marks(), at=now), work)
    etag(response, submitted.number)
    return ReviewView.of(submitted)


@candidatures.get(
    "/{candidature_id}/reviews", dependencies=[requires("candidature.read")], responses=problems(404, 409)
)
async def browse_reviews(round_id: UUID, candidature_id: UUID, work: Work, caller: Seated) -> ReviewsView:
    """Read everybody's reviews of a candidature, once the scores are unsealed."""
    reviews = await read_reviews(ReadCandidature(round_id, candidature_id, caller), work)
    return ReviewsView(items=[ReviewView.of(review) for review in reviews])
