"""The announcement: one atomic act that tells every commune what was decided, and nothing before its time (R088)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound, Status
from services.selection.domain.errors import UnderEmbargo
from services.selection.domain.recommendation import Place
from shared.events.selection import (
    CommuneDecisionEvent,
    CommuneNotSelected,
    CommuneSelected,
    CommuneWaitlisted,
    RoundAnnounced,
)
from shared.events.types import Outcome


@dataclass(frozen=True, slots=True)
class Decision:
    """What a commune may read of its own candidature once announced."""

    candidature_id: UUID
    round_id: UUID
    call_id: UUID
    edition: int
    commune: str
    outcome: Outcome
    rank: int | None
    reasons: tuple[str, ...]
    deliberation_body: str
    deliberation_number: str
    deliberation_date: date
    announced_at: datetime

    @property
    def event(self) -> CommuneDecisionEvent:
        """The fact to publish, under the name of its outcome."""
        told: dict[str, Any] = {
            "candidature_id": self.candidature_id,
            "call_id": self.call_id,
            "round_id": self.round_id,
            "edition": self.edition,
            "commune": self.commune,
            "deliberation_number": self.deliberation_number,
            "deliberation_date": self.deliberation_date,
            "reasons": self.reasons,
            "announced_at": self.announced_at,
        }
        if self.outcome is Outcome.SELECTED:
            return CommuneSelected(**told, rank=self.rank)
        if self.outcome is Outcome.WAITLISTED:
            return CommuneWaitlisted(**told, rank=self.rank)
        return CommuneNotSelected(**told)


@dataclass(frozen=True, slots=True)
class Announcement:
    """Everything that becomes public at once."""

    round: CommuneRound
    fact: RoundAnnounced
    decisions: tuple[Decision, ...]


def announce(round_: CommuneRound, candidatures: Sequence[Candidature], *, at: datetime) -> Announcement:
    """Announce a ratified round: one decision for each candidature that has not withdrawn; UnderEmbargo before."""
    recommendation, ratification = round_.require_announceable()
    if at < ratification.announce_at:
        raise UnderEmbargo(ratification.announce_at)
    announced = replace(round_, status=Status.ANNOUNCED, announced_at=at)
    known = {candidature.id: candidature for candidature in candidatures}
    decisions = tuple(
        _decision(announced, known[place.candidature_id], place, at)
        for place in recommendation.places
        if place.candidature_id in known
    )
    counted = Counter(decision.outcome for decision in decisions)
    fact = RoundAnnounced(
        round_id=round_.id,
        call_id=round_.call_id,
        edition=round_.edition,
        announced_at=at,
        selected=counted[Outcome.SELECTED],
        waitlisted=counted[Outcome.WAITLISTED],
        not_selected=counted[Outcome.NOT_SELECTED],
    )
    return Announcement(announced, fact, decisions)


def _decision(round_: CommuneRound, candidature: Candidature, place: Place, at: datetime) -> Decision:
    assert round_.ratification is not None
    return Decision(
        candidature_id=candidature.id,
        round_id=round_.id,
        call_id=round_.call_id,
        edition=round_.edition,
        commune=candidature.commune,
        outcome=place.outcome,
        rank=place.rank,
        reasons=place.reasons,
        deliberation_body=round_.ratification.body,
        deliberation_number=round_.ratification.deliberation_number,
        deliberation_date=round_.ratification.deliberation_date,
        announced_at=at,
    )
