"""Open a candidature to examine it."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.errors import ConflictOfInterest
from services.selection.domain.review import Review
from services.selection.domain.seat import Caller
from services.selection.usecases.examination_of import examination_of
from services.selection.usecases.ports import Work
from services.selection.usecases.read_models import OwnReview
from services.selection.usecases.stand_clear import stand_clear


@dataclass(frozen=True, slots=True)
class ReadCandidature:
    """A seat binds the caller; the programme team without one sees, and examines nothing."""

    round_id: UUID
    candidature_id: UUID
    caller: Caller


async def read_candidature(command: ReadCandidature, work: Work) -> OwnReview:
    """The candidature with the member's own review; a conflict refuses it, on the record."""
    async with work:
        round_ = await work.commune_rounds.read(command.round_id)
        candidature = await work.candidatures.get(round_.call_id, command.candidature_id)
        seat = command.caller.seat(round_.panel)
        if seat is None:
            return OwnReview(candidature, None)
        interests = await stand_clear(round_, candidature, seat, work)
        if not interests.blocked:
            return OwnReview(candidature, await work.reviews.last(round_.id, candidature.id, seat))
    raise ConflictOfInterest


async def read_reviews(command: ReadCandidature, work: Work) -> list[Review]:
    """The reviews of all, once unsealed; a conflict refuses them, on the record."""
    async with work:
        round_ = await work.commune_rounds.read(command.round_id)
        candidature = await work.candidatures.get(round_.call_id, command.candidature_id)
        seat = command.caller.seat(round_.panel)
        round_.require_unsealed()
        if seat is None or not (await stand_clear(round_, candidature, seat, work)).blocked:
            examination = await examination_of(round_, work)
            return [review for review in examination.counted if review.candidature_id == candidature.id]
    raise ConflictOfInterest
