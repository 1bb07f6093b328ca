"""Adopt what the committee recommends."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.recommendation import Ballot, Recommendation
from services.selection.domain.seat import Caller
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class AdoptRecommendation:
    """The lists, who was there, the minutes; brought by the chair or by the programme team."""

    round_id: UUID
    ballot: Ballot
    present: tuple[UUID, ...]
    minutes: str
    over_quota_reason: str | None
    caller: Caller
    at: datetime


async def adopt_recommendation(command: AdoptRecommendation, work: Work) -> None:
    """Every admitted candidature gets its place; which one stays under embargo."""
    async with work:
        round_ = await work.commune_rounds.get(command.round_id)
        candidatures = await work.candidatures.of_call(round_.call_id)
        round_.require_recommendable()
        recommendation = Recommendation(
            places=command.ballot.places(candidature.id for candidature in candidatures),
            present=command.present,
            minutes=command.minutes,
            over_quota_reason=command.over_quota_reason,
            adopted_at=command.at,
        )
        round_, event = round_.recommend(recommendation, by=command.caller.decider(round_.panel))
        await work.commune_rounds.save(round_)
        await work.publish(round_.id, event)
