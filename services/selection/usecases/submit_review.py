"""Score a candidature on every criterion."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.declaration import Interests
from services.selection.domain.errors import ConflictOfInterest
from services.selection.domain.review import Mark, Review
from services.selection.usecases.ports import Work
from services.selection.usecases.stand_clear import stand_clear


@dataclass(frozen=True, slots=True)
class SubmitReview:
    """The marks of one member on one candidature."""

    round_id: UUID
    candidature_id: UUID
    member_id: UUID
    marks: Mapping[str, Mark]
    at: datetime


async def submit_review(command: SubmitReview, work: Work) -> Review:
    """Keep a new version of the review; saying the same again changes nothing (bad-inputs 22 and 23)."""
    async with work:
        round_ = await work.commune_rounds.get(command.round_id)
        candidature = await work.candidatures.get(round_.call_id, command.candidature_id)
        round_.require_reviewing()
        interests = await stand_clear(round_, candidature, command.member_id, work)
        if not interests.blocked:
            return await _keep(command, round_, candidature, interests, work)
    raise ConflictOfInterest


async def _keep(
    command: SubmitReview, round_: CommuneRound, candidature: Candidature, interests: Interests, work: Work
) -> Review:
    previous = await work.reviews.last(round_.id, candidature.id, command.member_id)
    review, event = round_.review(interests, command.marks, previous=previous, at=command.at)
    if previous is not None and previous.says(review.marks):
        return previous
    await work.reviews.add(review)
    await work.publish(round_.id, event)
    return review
