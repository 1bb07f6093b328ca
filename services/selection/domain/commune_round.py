"""The round that chooses communes: reviewing → unsealed → recommended → ratified → announced."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from services.selection.domain.candidature import Candidature
from services.selection.domain.declaration import Declaration, Interests
from services.selection.domain.errors import EmptyPanel, ReviewsClosed, ReviewsMissing, ScoresSealed
from services.selection.domain.panel import NOBODY, Member, Panel
from services.selection.domain.recommendation import Ratification, Recommendation
from services.selection.domain.review import Mark, Review, check_marks
from shared.events.candidature import Criterion
from shared.events.selection import (
    CommuneRoundOpened,
    RecommendationAdopted,
    RecommendationRatified,
    ReviewSubmitted,
    ScoresUnsealed,
)
from shared.events.types import Outcome
from shared.kit.refusals import InvalidState

ANNOUNCE = "round.announce"


class Status(StrEnum):
    """Where the round stands."""

    REVIEWING = "reviewing"
    UNSEALED = "unsealed"
    RECOMMENDED = "recommended"
    RATIFIED = "ratified"
    ANNOUNCED = "announced"


TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.REVIEWING: frozenset({Status.UNSEALED}),
        Status.UNSEALED: frozenset({Status.RECOMMENDED}),
        Status.RECOMMENDED: frozenset({Status.RATIFIED}),
        Status.RATIFIED: frozenset({Status.ANNOUNCED}),
        Status.ANNOUNCED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class CommuneRound:
    """One commune call under examination; criteria, scale and quota are those the call published."""

    id: UUID
    call_id: UUID
    edition: int
    criteria: tuple[Criterion, ...]
    scale_max: int
    quota: int | None
    opened_at: datetime
    status: Status = Status.REVIEWING
    panel: Panel = NOBODY
    unsealed_at: datetime | None = None
    unsealing_reason: str | None = None
    recommendation: Recommendation | None = None
    ratification: Ratification | None = None
    announced_at: datetime | None = None
    version: int = 1

    @property
    def opening(self) -> CommuneRoundOpened:
        """The fact of its opening."""
        return CommuneRoundOpened(
            round_id=self.id, call_id=self.call_id, edition=self.edition, opened_at=self.opened_at
        )

    @property
    def sealed(self) -> bool:
        """Whether nobody may see the scores of others, a total or an order."""
        return self.status is Status.REVIEWING

    @property
    def admits(self) -> bool:
        """Whether a candidature may still enter: until the committee has recommended."""
        return self.status in (Status.REVIEWING, Status.UNSEALED)

    @property
    def releases(self) -> bool:
        """Whether a candidature may still leave: until its decision is announced."""
        return self.status is not Status.ANNOUNCED

    def require_unsealed(self) -> None:
        """Refuse to show what is under seal."""
        if self.sealed:
            raise ScoresSealed

    def require_reviewing(self) -> None:
        """Refuse what would change a score once they are open (bad-input 22)."""
        if not self.sealed:
            raise ReviewsClosed

    def require_recommendable(self) -> None:
        """Refuse a recommendation out of its time."""
        self._require(Status.RECOMMENDED)

    def seat(self, member: Member) -> "CommuneRound":
        """Name a member of the committee, while reviews may still come in."""
        self.require_reviewing()
        return replace(self, panel=self.panel.seat(member))

    def interests(self, member_id: UUID, candidature: Candidature, declared: Declaration | None) -> Interests:
        """How a member of the panel stands towards a candidature."""
        member = self.panel.member(member_id)
        return Interests(self.id, candidature.id, member.id, candidature.is_of(member), declared)

    def declare(self, interests: Interests, *, conflict: bool, reason: str | None, at: datetime) -> Declaration:
        """Record what a member declares; possible until the unsealing, even after a review."""
        self.require_reviewing()
        return interests.declare(conflict=conflict, reason=reason, at=at)

    def require_chair(self, member_id: UUID) -> None:
        """Refuse what belongs to the chair."""
        self.panel.require_chair(member_id)

    def lift(self, interests: Interests, *, by: UUID, reason: str, at: datetime) -> Declaration:
        """The chair lifts a conflict, with a reason."""
        self.require_reviewing()
        self.require_chair(by)
        return interests.lift(by=by, reason=reason, at=at)

    def review(
        self, interests: Interests, marks: Mapping[str, Mark], *, previous: Review | None, at: datetime
    ) -> tuple[Review, ReviewSubmitted]:
        """Score a dossier, or replace one's review by a new version, while the scores are sealed."""
        self.require_reviewing()
        interests.require_clear()
        check_marks(marks, self.criteria, self.scale_max)
        number = previous.number + 1 if previous else 1
        review = Review(self.id, interests.file_id, interests.member_id, number, marks, at)
        event = ReviewSubmitted(
            round_id=self.id, candidature_id=review.candidature_id, member_id=review.member_id, submitted_at=at
        )
        return review, event

    def unseal(
        self, *, by: UUID | None, missing: int, reason: str | None, at: datetime
    ) -> tuple["CommuneRound", ScoresUnsealed]:
        """Open the scores: once all reviews are in (`by` None: programme), or when the chair says so with a reason."""
        self._require(Status.UNSEALED)
        if not self.panel.members:
            raise EmptyPanel
        if by is not None:
            self.panel.require_chair(by)
        if missing and not (by and reason):
            raise ReviewsMissing(missing)
        unsealed = replace(self, status=Status.UNSEALED, unsealed_at=at, unsealing_reason=reason)
        return unsealed, ScoresUnsealed(round_id=self.id, unsealed_at=at, by_chair=by is not None, edition=self.edition)

    def recommend(
        self, recommendation: Recommendation, *, by: UUID | None
    ) -> tuple["CommuneRound", RecommendationAdopted]:
        """Adopt the recommendation: by a quorum, with a reason when it passes the quota (R006, R220)."""
        self._require(Status.RECOMMENDED)
        if by is not None:
            self.panel.require_chair(by)
        self.panel.require_quorum(recommendation.present)
        recommendation.require_reason_over(self.quota)
        event = RecommendationAdopted(
            round_id=self.id,
            recommended=recommendation.count(Outcome.SELECTED),
            quota=self.quota,
            over_quota_reason=recommendation.over_quota_reason,
            adopted_at=recommendation.adopted_at,
            edition=self.edition,
        )
        return replace(self, status=Status.RECOMMENDED, recommendation=recommendation), event

    def ratify(self, ratification: Ratification) -> tuple["CommuneRound", RecommendationRatified]:
        """Record the deliberation; the announcement waits for its instant (R175)."""
        self._require(Status.RATIFIED)
        assert self.recommendation is not None
        ratification.require_order(self.recommendation)
        event = RecommendationRatified(
            round_id=self.id,
            deliberation_number=ratification.deliberation_number,
            deliberation_date=ratification.deliberation_date,
            body=ratification.body,
            announce_at=ratification.announce_at,
            edition=self.edition,
        )
        return replace(self, status=Status.RATIFIED, ratification=ratification), event

    def require_announceable(self) -> tuple[Recommendation, Ratification]:
        """What is to be announced, when the state allows it."""
        self._require(Status.ANNOUNCED)
        assert self.recommendation is not None
        assert self.ratification is not None
        return self.recommendation, self.ratification

    def _require(self, target: Status) -> None:
        if target not in TRANSITIONS[self.status]:
            raise InvalidState(self.status, sorted(TRANSITIONS[self.status]))
