"""Record the deliberation that decides."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.commune_round import ANNOUNCE
from services.selection.domain.recommendation import Ratification
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class RatifyRecommendation:
    """The deliberation, and the instant at which its outcome becomes public."""

    round_id: UUID
    ratification: Ratification


async def ratify_recommendation(command: RatifyRecommendation, work: Work) -> None:
    """The clock announces at the instant given; until then nothing leaves (R088, R175)."""
    async with work:
        round_ = await work.commune_rounds.get(command.round_id)
        round_, event = round_.ratify(command.ratification)
        await work.commune_rounds.save(round_)
        await work.publish(round_.id, event)
        await work.deadlines.set(round_.id, ANNOUNCE, command.ratification.announce_at)
