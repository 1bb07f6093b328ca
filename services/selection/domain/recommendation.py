"""The recommendation of the committee: every candidature in exactly one list, with its reasons."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.selection.domain.errors import InvalidRatification, InvalidRecommendation, OverQuota
from shared.events.types import Outcome
from shared.kit.clock import date_in_paris
from shared.kit.refusals import FieldError

Reasons = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What becomes of one candidature; the rank is the order the committee gave, None when not selected."""

    candidature_id: UUID
    outcome: Outcome
    rank: int | None
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class Ballot:
    """What the committee proposes, as said: three ordered lists and the reasons of each place."""

    selected: tuple[UUID, ...]
    waitlisted: tuple[UUID, ...]
    not_selected: tuple[UUID, ...]
    reasons: Mapping[UUID, Reasons]

    def places(self, candidatures: Iterable[UUID]) -> tuple[Place, ...]:
        """One place for each candidature of the round; InvalidRecommendation when one has none, or several."""
        expected = set(candidatures)
        named = Counter((*self.selected, *self.waitlisted, *self.not_selected))
        errors = [_error(i, "missing", "n'est dans aucune liste") for i in sorted(expected - named.keys())]
        errors += [_error(i, "unknown", "n'est pas de cette procédure") for i in sorted(named.keys() - expected)]
        errors += [_error(i, "repeated", "est citée plusieurs fois") for i, times in sorted(named.items()) if times > 1]
        errors += [_error(i, "no_reason", "n'a aucun motif") for i in sorted(expected) if not self.reasons.get(i)]
        if errors:
            raise InvalidRecommendation(" ".join(error.message for error in errors), errors=errors)
        return tuple(self._placed())

    def _placed(self) -> Iterable[Place]:
        for rank, candidature_id in enumerate(self.selected, 1):
            yield Place(candidature_id, Outcome.SELECTED, rank, self.reasons[candidature_id])
        for rank, candidature_id in enumerate(self.waitlisted, 1):
            yield Place(candidature_id, Outcome.WAITLISTED, rank, self.reasons[candidature_id])
        for candidature_id in self.not_selected:
            yield Place(candidature_id, Outcome.NOT_SELECTED, None, self.reasons[candidature_id])


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the committee adopted: the places, who was there, the minutes, why the quota is passed if it is."""

    places: tuple[Place, ...]
    present: tuple[UUID, ...]
    minutes: str
    over_quota_reason: str | None
    adopted_at: datetime

    def count(self, outcome: Outcome) -> int:
        """How many candidatures end this way."""
        return sum(place.outcome is outcome for place in self.places)

    def require_reason_over(self, quota: int | None) -> None:
        """The quota is soft: passing it takes a written reason, kept with the decision (R006, R220)."""
        selected = self.count(Outcome.SELECTED)
        if quota is not None and selected > quota and not self.over_quota_reason:
            raise OverQuota(selected, quota)


@dataclass(frozen=True, slots=True)
class Ratification:
    """The decision of the deliberative body, and when it becomes public (R175)."""

    body: str
    deliberation_number: str
    deliberation_date: date
    announce_at: datetime
    ratified_at: datetime

    def require_order(self, recommendation: Recommendation) -> None:
        """Recommendation, deliberation, ratification, announcement: in that order."""
        errors = []
        if self.deliberation_date < date_in_paris(recommendation.adopted_at):
            message = "La délibération ne peut précéder la recommandation du comité."
            errors.append(FieldError("/deliberation_date", "too_early", message))
        if self.deliberation_date > date_in_paris(self.ratified_at):
            message = "La délibération n'a pas encore eu lieu."
            errors.append(FieldError("/deliberation_date", "in_the_future", message))
        if self.announce_at < self.ratified_at:
            message = "L'annonce ne peut être fixée dans le passé."
            errors.append(FieldError("/announce_at", "in_the_past", message))
        if errors:
            raise InvalidRatification(" ".join(error.message for error in errors), errors=errors)


def _error(candidature_id: UUID, code: str, what: str) -> FieldError:
    pointer = f"/reasons/{candidature_id}" if code == "no_reason" else "/"
    return FieldError(pointer, code, f"La candidature {candidature_id} {what}.")
