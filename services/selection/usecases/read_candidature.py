"""Open a candidature to examine it."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.errors import ConflictOfInterest
from services.selection.domain.review import Review
from services.selection.usecases.examination_of import examination_of
from services.selection.usecases.ports import Work
from services.selection.usecases.read_models import OwnReview
from services.selection.usecases.stand_clear import stand_clear
from shared.kit.refusals import NotFound


@dataclass(frozen=True, slots=True)
class ReadCandidature:
    """`member_id` None is the programme team, which examines nothing."""

    round_id: UUID
    candidature_id: UUID
    member_id: UUID | None


async def read_candidature(command: ReadCandidature, work: Work) -> OwnReview:
    """The candidature with the member's own review; a conflict refuses it, on the record."""
    async with work:
        round_ = await work.commune_rounds.read(command.round_id)
        candidature = await work.candidatures.get(round_.call_id, command.candidature_id)
        if command.member_id is None:
            return OwnReview(candidature, None)
        if not round_.panel.includes(command.member_id):
            raise NotFound()
        examination = await examination_of(round_, work)
        interests = await stand_clear(examination, candidature, command.member_id, work)
        if not interests.blocked:
            return OwnReview(candidature, await work.reviews.last(round_.id, candidature.id, command.member_id))
    raise ConflictOfInterest()


async def read_reviews(command: ReadCandidature, work: Work) -> list[Review]:
    """The reviews of all, once unsealed; a conflict refuses them, on the record."""
    async with work:
        round_ = await work.commune_rounds.read(command.round_id)
        candidature = await work.candidatures.get(round_.call_id, command.candidature_id)
        examination = await examination_of(round_, work)
        if command.member_id is not None and not round_.panel.includes(command.member_id):
            raise NotFound()
        round_.require_unsealed()
        blocked = False
        if command.member_id is not None:
            blocked = (await stand_clear(examination, candidature, command.member_id, work)).blocked
        if not blocked:
            return [review for review in examination.counted if review.candidature_id == candidature.id]
    raise ConflictOfInterest()
