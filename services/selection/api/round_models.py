"""Rounds and their panels as JSON."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.selection.domain.commune_round import CommuneRound, Status
from services.selection.domain.panel import Member
from services.selection.domain.recommendation import Place, Ratification, Recommendation
from shared.events.candidature import Criterion
from shared.events.types import OrganisationId, Outcome
from shared.kit.api import StrictModel, View


class SeatBody(StrictModel):
    """A seat on a panel."""

    organisation: Annotated[OrganisationId, Field(description="Code INSEE d'une commune, ou identifiant court.")]
    chair: bool = False

    def member(self, member_id: UUID) -> Member:
        """As the domain has it."""
        return Member(member_id, self.organisation, self.chair)


class MemberView(View):
    """A member of a panel."""

    id: UUID
    organisation: str
    chair: bool

    @classmethod
    def of(cls, member: Member) -> "MemberView":
        """From the domain."""
        return cls(id=member.id, organisation=member.organisation, chair=member.chair)


class CriterionView(View):
    """A criterion and its relative weight, in the published order: the order that breaks ties."""

    code: str
    label: str
    weight: int

    @classmethod
    def of(cls, criterion: Criterion) -> "CriterionView":
        """From the published language."""
        return cls(code=criterion.code, label=criterion.label, weight=criterion.weight)


class PlaceView(View):
    """What becomes of a candidature, under embargo until the announcement."""

    candidature_id: UUID
    outcome: Outcome
    rank: int | None
    reasons: list[str]

    @classmethod
    def of(cls, place: Place) -> "PlaceView":
        """From the domain."""
        return cls(
            candidature_id=place.candidature_id, outcome=place.outcome, rank=place.rank, reasons=list(place.reasons)
        )


class RecommendationView(View):
    """What the committee adopted."""

    places: list[PlaceView]
    present: list[UUID]
    minutes: str
    over_quota_reason: str | None
    adopted_at: datetime

    @classmethod
    def of(cls, recommendation: Recommendation) -> "RecommendationView":
        """From the domain."""
        return cls(
            places=[PlaceView.of(place) for place in recommendation.places],
            present=list(recommendation.present),
            minutes=recommendation.minutes,
            over_quota_reason=recommendation.over_quota_reason,
            adopted_at=recommendation.adopted_at,
        )


class RatificationView(View):
    """The deliberation, and the instant of the announcement."""

    body: str
    deliberation_number: str
    deliberation_date: date
    announce_at: datetime
    ratified_at: datetime

    @classmethod
    def of(cls, ratification: Ratification) -> "RatificationView":
        """From the domain."""
        return cls(
            body=ratification.body,
            deliberation_number=ratification.deliberation_number,
            deliberation_date=ratification.deliberation_date,
            announce_at=ratification.announce_at,
            ratified_at=ratification.ratified_at,
        )


class CommuneRoundView(View):
    """A round that chooses communes."""

    id: UUID
    call_id: UUID
    edition: int
    status: Status
    criteria: list[CriterionView]
    scale_max: int
    quota: int | None
    panel: list[MemberView]
    quorum: int
    opened_at: datetime
    unsealed_at: datetime | None
    unsealing_reason: str | None
    recommendation: RecommendationView | None
    ratification: RatificationView | None
    announced_at: datetime | None
    version: int

    @classmethod
    def of(cls, round_: CommuneRound) -> "CommuneRoundView":
        """From the domain."""
        return cls(
            id=round_.id,
            call_id=round_.call_id,
            edition=round_.edition,
            status=round_.status,
            criteria=[CriterionView.of(criterion) for criterion in round_.criteria],
            scale_max=round_.scale_max,
            quota=round_.quota,
            panel=[MemberView.of(member) for member in round_.panel.members],
            quorum=round_.panel.quorum,
            opened_at=round_.opened_at,
            unsealed_at=round_.unsealed_at,
            unsealing_reason=round_.unsealing_reason,
            recommendation=round_.recommendation and RecommendationView.of(round_.recommendation),
            ratification=round_.ratification and RatificationView.of(round_.ratification),
            announced_at=round_.announced_at,
            version=round_.version,
        )
