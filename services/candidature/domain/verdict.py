"""The deadline verdict: was the dossier on time, complete and from an eligible commune, and by what evidence."""

from dataclasses import dataclass
from datetime import date, datetime

from services.candidature.domain.call import Call
from services.candidature.domain.completeness import Report
from shared.kit.clock import date_in_paris, french_instant
from shared.kit.refusals import FieldError


@dataclass(frozen=True, slots=True)
class Verdict:
    """Admissible is on time, complete and eligible; the evidence lets anyone compute it again later."""

    on_time: bool
    complete: bool
    eligible: bool
    submitted_at: datetime | None
    deadline: datetime
    missing: tuple[str, ...]
    commune: str
    membership_date: date
    computed_at: datetime

    @property
    def favourable(self) -> bool:
        """Whether the dossier may be admitted."""
        return self.on_time and self.complete and self.eligible

    @property
    def shortcomings(self) -> tuple[FieldError, ...]:
        """What speaks against admission, in French."""
        late = f"Le dossier n'a pas été envoyé avant le {french_instant(self.deadline)}."
        outside = "La commune n'était pas membre de la Métropole à la date de clôture."
        found = (
            (self.on_time, FieldError("/verdict/on_time", "late", late)),
            (self.complete, FieldError("/verdict/complete", "incomplete", "Le dossier est incomplet.")),
            (self.eligible, FieldError("/verdict/eligible", "not_a_member", outside)),
        )
        return tuple(error for fine, error in found if not fine)


def deadline_verdict(
    call: Call, report: Report, *, commune: str, submitted_at: datetime | None, is_member: bool, at: datetime
) -> Verdict:
    """Judge a dossier on its facts; `is_member`: did the commune belong to the Métropole on the closing date?"""
    return Verdict(
        on_time=submitted_at is not None and submitted_at < call.closed_from,
        complete=report.complete,
        eligible=is_member,
        submitted_at=submitted_at,
        deadline=call.terms.closes_at,
        missing=tuple(check.rule for check in report.checks if not check.met),
        commune=commune,
        membership_date=date_in_paris(call.terms.closes_at),
        computed_at=at,
    )
