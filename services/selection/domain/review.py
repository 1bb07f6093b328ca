"""A review: one member's scores of one dossier, criterion by criterion, each with its justification (R118–R123)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.errors import InvalidReview
from shared.events.candidature import Criterion
from shared.kit.refusals import FieldError


@dataclass(frozen=True, slots=True)
class Mark:
    """The score of one criterion, None when it does not apply, and why."""

    score: int | None
    justification: str


@dataclass(frozen=True, slots=True)
class Review:
    """One version of a review; versions are only ever added, and the last one counts."""

    round_id: UUID
    candidature_id: UUID
    member_id: UUID
    number: int
    marks: Mapping[str, Mark]
    submitted_at: datetime

    def says(self, marks: Mapping[str, Mark]) -> bool:
        """Whether the review already says exactly this: saying it again changes nothing."""
        return dict(self.marks) == dict(marks)


def check_marks(marks: Mapping[str, Mark], criteria: Sequence[Criterion], scale_max: int) -> None:
    """Refuse a review that forgets a criterion, adds one, or leaves the scale (R118; bad-input 22)."""
    known = {criterion.code: criterion.label for criterion in criteria}
    errors = [
        FieldError(f"/scores/{code}", "missing", f"Le critère « {label} » n'est pas noté.")
        for code, label in known.items()
        if code not in marks
    ]
    for code, mark in marks.items():
        errors += _faults(code, mark, known, scale_max)
    if errors:
        raise InvalidReview(" ".join(error.message for error in errors), errors=errors)


def _faults(code: str, mark: Mark, known: Mapping[str, str], scale_max: int) -> list[FieldError]:
    if code not in known:
        return [FieldError(f"/scores/{code}", "unknown_criterion", f"Le critère « {code} » n'existe pas.")]
    if mark.score is not None and not 0 <= mark.score <= scale_max:
        message = f"La note de « {known[code]} » va de 0 à {scale_max}."
        return [FieldError(f"/scores/{code}", "off_scale", message)]
    if not mark.justification:
        return [FieldError(f"/justifications/{code}", "missing", f"La note de « {known[code]} » n'est pas justifiée.")]
    return []
