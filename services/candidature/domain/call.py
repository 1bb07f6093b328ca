"""A call: prepared as a draft, published, opened and closed by the clock, then decided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.candidature.domain.errors import CallNotOpen, RoundClosed, WrongKindOfCall
from services.candidature.domain.questions import QuestionSet
from services.candidature.domain.terms import Terms
from shared.events.candidature import CallClosed, CallOpened, CallPublished
from shared.events.types import CallKind
from shared.kit.refusals import InvalidState

OPEN = "call.open"
CLOSE = "call.close"


class CallStatus(StrEnum):
    """Where a call stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    DECIDED = "decided"


TRANSITIONS: Mapping[CallStatus, frozenset[CallStatus]] = {
    CallStatus.DRAFT: frozenset({CallStatus.PUBLISHED}),
    CallStatus.PUBLISHED: frozenset({CallStatus.OPEN}),
    CallStatus.OPEN: frozenset({CallStatus.CLOSED}),
    CallStatus.CLOSED: frozenset({CallStatus.DECIDED}),
    CallStatus.DECIDED: frozenset(),
}

# 23:59:59 is the last second in which one may submit, to its end (R003, R228).
LAST_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Call:
    """A call and the data of its edition."""

    id: UUID
    terms: Terms
    questions: QuestionSet
    status: CallStatus = CallStatus.DRAFT
    version: int = 1

    @classmethod
    def draft(cls, id: UUID, terms: Terms, questions: QuestionSet) -> "Call":
        """Prepare a call that nobody but the programme team sees."""
        terms.check()
        return cls(id, terms, questions)

    def revise(self, terms: Terms) -> "Call":
        """Change the data of the call: only before it is published."""
        self._require(CallStatus.PUBLISHED)
        terms.check()
        return replace(self, terms=terms)

    def ask(self, questions: QuestionSet) -> "Call":
        """Ask other questions: dossiers already started keep theirs."""
        if self.status in {CallStatus.CLOSED, CallStatus.DECIDED}:
            raise RoundClosed(self.terms.closes_at)
        return replace(self, questions=questions)

    def publish(self, *, at: datetime) -> tuple["Call", CallPublished]:
        """Make the call public; its window must not be over already."""
        self._require(CallStatus.PUBLISHED)
        self.terms.check()
        if at >= self.closed_from:
            raise RoundClosed(self.terms.closes_at)
        return replace(self, status=CallStatus.PUBLISHED), self._published()

    def open(self) -> tuple["Call", CallOpened]:
        """Open at the instant announced (R002), however late the clock rings."""
        self._require(CallStatus.OPEN)
        terms = self.terms
        event = CallOpened(
            call_id=self.id,
            edition=terms.edition,
            kind=terms.kind,
            wave=terms.wave,
            opened_at=terms.opens_at,
            closes_at=terms.closes_at,
        )
        return replace(self, status=CallStatus.OPEN), event

    def close(self, *, submitted: int) -> tuple["Call", CallClosed]:
        """Close at the instant announced (R003), with the number of dossiers or proposals received."""
        self._require(CallStatus.CLOSED)
        terms = self.terms
        event = CallClosed(
            call_id=self.id,
            edition=terms.edition,
            kind=terms.kind,
            wave=terms.wave,
            closed_at=terms.closes_at,
            submitted=submitted,
            quota=terms.quota,
            criteria=terms.criteria,
            scale_max=terms.scale_max,
            projects_min=terms.projects_min,
            projects_max=terms.projects_max,
            communes=terms.communes,
        )
        return replace(self, status=CallStatus.CLOSED), event

    def decide(self) -> "Call":
        """The selection has announced who is retained."""
        self._require(CallStatus.DECIDED)
        return replace(self, status=CallStatus.DECIDED)

    @property
    def closed_from(self) -> datetime:
        """The first instant at which it is too late."""
        return self.terms.closes_at.replace(microsecond=0) + LAST_SECOND

    def require_window(self, at: datetime) -> None:
        """Refuse what comes before the opening or after the closing: the clock decides, not the bell (R008)."""
        if self.status is CallStatus.DRAFT or at < self.terms.opens_at:
            raise CallNotOpen(self.terms.opens_at)
        if self.status in {CallStatus.CLOSED, CallStatus.DECIDED} or at >= self.closed_from:
            raise RoundClosed(self.terms.closes_at)

    def require_kind(self, kind: CallKind) -> None:
        """Refuse a dossier for a project call, a proposal for the call to communes."""
        if self.terms.kind is not kind:
            raise WrongKindOfCall

    def _require(self, target: CallStatus) -> None:
        allowed = TRANSITIONS[self.status]
        if target not in allowed:
            raise InvalidState(self.status, sorted(allowed))

    def _published(self) -> CallPublished:
        terms = self.terms
        return CallPublished(
            call_id=self.id,
            edition=terms.edition,
            kind=terms.kind,
            wave=terms.wave,
            title=terms.title,
            opens_at=terms.opens_at,
            closes_at=terms.closes_at,
            quota=terms.quota,
            criteria=terms.criteria,
            scale_max=terms.scale_max,
            projects_min=terms.projects_min,
            projects_max=terms.projects_max,
            communes=terms.communes,
            challenges=terms.challenges,
        )
