"""The dossier of a commune for a call, from the first autosave to the announced decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.domain.completeness import Report
from services.candidature.domain.dossier import Dossier
from services.candidature.domain.eligibility import require_members
from services.candidature.domain.errors import NotAdmissible, ReasonsRequired, RoundStillOpen
from services.candidature.domain.verdict import Verdict
from shared.events.candidature import (
    CandidatureAdmitted,
    CandidatureConcluded,
    CandidatureFoundInadmissible,
    CandidatureLapsed,
    CandidatureReopened,
    CandidatureStarted,
    CandidatureSubmitted,
    CandidatureWithdrawn,
)
from shared.events.types import CallKind, Outcome
from shared.kit.clock import date_in_paris
from shared.kit.refusals import InvalidState


class Status(StrEnum):
    """Where a dossier stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ADMITTED = "admitted"
    INADMISSIBLE = "inadmissible"
    SELECTED = "selected"
    WAITLISTED = "waitlisted"
    NOT_SELECTED = "not_selected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED, Status.WITHDRAWN, Status.LAPSED}),
    Status.SUBMITTED: frozenset({Status.DRAFT, Status.ADMITTED, Status.INADMISSIBLE, Status.WITHDRAWN}),
    Status.ADMITTED: frozenset({Status.SELECTED, Status.WAITLISTED, Status.NOT_SELECTED, Status.WITHDRAWN}),
    Status.WAITLISTED: frozenset({Status.SELECTED, Status.NOT_SELECTED}),
    Status.INADMISSIBLE: frozenset(),
    Status.SELECTED: frozenset(),
    Status.NOT_SELECTED: frozenset(),
    Status.WITHDRAWN: frozenset(),
    Status.LAPSED: frozenset(),
}

_STATUS_OF = {
    Outcome.SELECTED: Status.SELECTED,
    Outcome.WAITLISTED: Status.WAITLISTED,
    Outcome.NOT_SELECTED: Status.NOT_SELECTED,
}


@dataclass(frozen=True, slots=True)
class Candidature:
    """One per commune and call; `commune` is an INSEE code and `questions_version` the form it started with."""

    id: UUID
    call_id: UUID
    edition: int
    commune: str
    questions_version: int
    started_at: datetime
    status: Status = Status.DRAFT
    dossier: Dossier = field(default_factory=Dossier)
    shared: bool = False
    submitted_at: datetime | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    version: int = 1

    @classmethod
    def start(cls, id: UUID, call: Call, *, commune: str, at: datetime) -> tuple["Candidature", CandidatureStarted]:
        """Begin a dossier for a call that is open (R133), for a commune that is a member on the closing date."""
        call.require_kind(CallKind.EXPRESSION_OF_INTEREST)
        call.require_window(at)
        require_members([commune], on=date_in_paris(call.terms.closes_at), pointer="/organisation")
        started = cls(id, call.id, call.terms.edition, commune, call.questions.version, at)
        return started, CandidatureStarted(started_at=at, **started._named())

    def edit(self, dossier: Dossier) -> "Candidature":
        """Change what the commune writes, as long as it has not been sent."""
        self.require_draft()
        return replace(self, dossier=dossier)

    def share(self, shared: bool) -> "Candidature":
        """Let the programme team read the draft, or no longer (R160)."""
        self.require_draft()
        return replace(self, shared=shared)

    def submit(self, call: Call, report: Report, *, at: datetime) -> tuple["Candidature", CandidatureSubmitted]:
        """Send the dossier: in time, and only if complete (R135)."""
        call.require_window(at)
        self._require(Status.SUBMITTED)
        report.require_complete()
        submitted = replace(self, status=Status.SUBMITTED, submitted_at=at)
        return submitted, CandidatureSubmitted(submitted_at=at, **self._named())

    def reopen(self, call: Call, *, at: datetime) -> tuple["Candidature", CandidatureReopened]:
        """Take a sent dossier back to correct it, until the deadline; it must then be sent again."""
        call.require_window(at)
        self._require(Status.DRAFT)
        reopened = replace(self, status=Status.DRAFT, submitted_at=None)
        return reopened, CandidatureReopened(reopened_at=at, **self._named())

    def withdraw(self, *, at: datetime) -> tuple["Candidature", CandidatureWithdrawn]:
        """Give up, before any decision."""
        self._require(Status.WITHDRAWN)
        return replace(self, status=Status.WITHDRAWN), CandidatureWithdrawn(withdrawn_at=at, **self._named())

    def lapse(self, *, at: datetime) -> tuple["Candidature", CandidatureLapsed]:
        """The call closed on a draft."""
        self._require(Status.LAPSED)
        return replace(self, status=Status.LAPSED), CandidatureLapsed(lapsed_at=at, **self._named())

    def admit(self, call: Call, verdict: Verdict, *, at: datetime) -> tuple["Candidature", CandidatureAdmitted]:
        """Let the committee examine a dossier that is on time, complete and eligible, once the call is closed."""
        self._require_examinable(Status.ADMITTED, call, at)
        if not verdict.favourable:
            raise NotAdmissible("Le verdict d'échéance est défavorable.", errors=verdict.shortcomings)
        admitted = replace(self, status=Status.ADMITTED, verdict=verdict)
        return admitted, CandidatureAdmitted(admitted_at=at, **self._named())

    def refuse(
        self, call: Call, verdict: Verdict, reasons: tuple[str, ...], *, at: datetime
    ) -> tuple["Candidature", CandidatureFoundInadmissible]:
        """Turn a dossier away, for reasons the commune is told."""
        self._require_examinable(Status.INADMISSIBLE, call, at)
        if not reasons:
            raise ReasonsRequired("Indiquez pourquoi ce dossier n'est pas recevable.")
        refused = replace(self, status=Status.INADMISSIBLE, verdict=verdict, reasons=reasons)
        return refused, CandidatureFoundInadmissible(reasons=reasons, found_at=at, **self._named())

    def conclude(
        self, outcome: Outcome, reasons: tuple[str, ...], *, at: datetime
    ) -> tuple["Candidature", CandidatureConcluded]:
        """Record the decision the Métropole has announced."""
        target = _STATUS_OF[outcome]
        self._require(target)
        concluded = replace(self, status=target, reasons=reasons)
        return concluded, CandidatureConcluded(outcome=outcome, concluded_at=at, **self._named())

    def require_draft(self) -> None:
        """Refuse to change a dossier that has been sent."""
        if self.status is not Status.DRAFT:
            raise InvalidState(self.status, sorted(TRANSITIONS[self.status]))

    def _require(self, target: Status) -> None:
        allowed = TRANSITIONS[self.status]
        if target not in allowed:
            raise InvalidState(self.status, sorted(allowed))

    def _require_examinable(self, target: Status, call: Call, at: datetime) -> None:
        self._require(target)
        if at < call.closed_from:
            raise RoundStillOpen(call.terms.closes_at)

    def _named(self) -> dict[str, object]:
        return {
            "candidature_id": self.id,
            "call_id": self.call_id,
            "edition": self.edition,
            "commune": self.commune,
        }
