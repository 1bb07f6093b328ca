"""The answer of an innovator to the project call of a wave."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.domain.errors import ReasonsRequired
from services.candidature.domain.pitch import Pitch
from shared.events.candidature import ProposalAdmitted, ProposalFoundInadmissible, ProposalSubmitted
from shared.events.types import CallKind
from shared.kit.refusals import FieldError, Forbidden, Invalid, InvalidState

_ORGANISATION = re.compile(r"[0-9A-Za-z][0-9A-Za-z:._-]{0,99}")


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ADMITTED = "admitted"
    INADMISSIBLE = "inadmissible"
    SELECTED = "selected"
    NOT_SELECTED = "not_selected"


TRANSITIONS: Mapping[ProposalStatus, frozenset[ProposalStatus]] = {
    ProposalStatus.DRAFT: frozenset({ProposalStatus.SUBMITTED}),
    ProposalStatus.SUBMITTED: frozenset({ProposalStatus.ADMITTED, ProposalStatus.INADMISSIBLE}),
    ProposalStatus.ADMITTED: frozenset({ProposalStatus.SELECTED, ProposalStatus.NOT_SELECTED}),
    ProposalStatus.INADMISSIBLE: frozenset(),
    ProposalStatus.SELECTED: frozenset(),
    ProposalStatus.NOT_SELECTED: frozenset(),
}


class Origin(StrEnum):
    """How the proposal came: by itself, or invited by the operator (R074)."""

    OPEN = "open"
    SOURCED = "sourced"


def holder_of(named: str | None, origin: Origin, *, own: str | None) -> str:
    """The organisation that carries a proposal: one's `own`, or (None) the one the operator has found (R074)."""
    if own is None:
        if named is None:
            errors = [FieldError("/organisation", "missing", "Indiquez la structure qui porte la solution.")]
            raise Invalid("Corrigez les champs indiqués.", errors=errors)
        return named
    if named not in {None, own} or not _ORGANISATION.fullmatch(own):
        raise Forbidden("Vous ne proposez que pour votre structure.")
    if origin is not Origin.OPEN:
        message = "Seule l'équipe du programme inscrit une solution qu'elle a repérée."
        raise Invalid("Corrigez les champs indiqués.", errors=[FieldError("/origin", "not_yours", message)])
    return own


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal; `organisation` is the innovator's, as its token names it."""

    id: UUID
    call_id: UUID
    edition: int
    wave: int
    organisation: str
    pitch: Pitch
    origin: Origin
    started_at: datetime
    status: ProposalStatus = ProposalStatus.DRAFT
    submitted_at: datetime | None = None
    reasons: tuple[str, ...] = ()
    commune: str | None = None
    version: int = 1

    @classmethod
    def draft(
        cls, id: UUID, call: Call, pitch: Pitch, *, organisation: str, origin: Origin, at: datetime
    ) -> "Proposal":
        """Begin a proposal for a project call that is open."""
        call.require_kind(CallKind.PROJECT)
        call.require_window(at)
        pitch.check(call)
        wave = call.terms.wave or 1
        return cls(id, call.id, call.terms.edition, wave, organisation, pitch, origin, at)

    def revise(self, call: Call, pitch: Pitch, *, at: datetime) -> "Proposal":
        """Change what it says, until it is sent."""
        call.require_window(at)
        self._require(ProposalStatus.SUBMITTED)
        pitch.check(call)
        return replace(self, pitch=pitch)

    def submit(self, call: Call, *, at: datetime) -> tuple["Proposal", ProposalSubmitted]:
        """Send it, complete and in time."""
        call.require_window(at)
        self._require(ProposalStatus.SUBMITTED)
        self.pitch.check(call)
        self.pitch.require_complete()
        submitted = replace(self, status=ProposalStatus.SUBMITTED, submitted_at=at)
        return submitted, ProposalSubmitted(submitted_at=at, **self._named())

    def admit(self, *, at: datetime) -> tuple["Proposal", ProposalAdmitted]:
        """Let the jury examine it."""
        self._require(ProposalStatus.ADMITTED)
        event = ProposalAdmitted(submitted_at=self.submitted_at or at, admitted_at=at, **self._named())
        return replace(self, status=ProposalStatus.ADMITTED), event

    def refuse(self, reasons: tuple[str, ...], *, at: datetime) -> tuple["Proposal", ProposalFoundInadmissible]:
        """Turn it away, for reasons the innovator is told."""
        self._require(ProposalStatus.INADMISSIBLE)
        if not reasons:
            raise ReasonsRequired("Indiquez pourquoi cette proposition n'est pas recevable.")
        refused = replace(self, status=ProposalStatus.INADMISSIBLE, reasons=reasons)
        return refused, ProposalFoundInadmissible(reasons=reasons, found_at=at, **self._named())

    def select(self, commune: str) -> "Proposal":
        """The jury has given it a commune."""
        self._require(ProposalStatus.SELECTED)
        return replace(self, status=ProposalStatus.SELECTED, commune=commune)

    def set_aside(self) -> "Proposal":
        """The jury has not retained it."""
        self._require(ProposalStatus.NOT_SELECTED)
        return replace(self, status=ProposalStatus.NOT_SELECTED)

    def _require(self, target: ProposalStatus) -> None:
        allowed = TRANSITIONS[self.status]
        if target not in allowed:
            raise InvalidState(self.status, sorted(allowed))

    def _named(self) -> dict[str, object]:
        pitch = self.pitch
        return {
            "proposal_id": self.id,
            "call_id": self.call_id,
            "edition": self.edition,
            "wave": self.wave,
            "holder_id": self.organisation,
            "title": pitch.title,
            "legal_form": pitch.holder.legal_form,
            "country": pitch.holder.country,
            "themes": pitch.themes,
            "ranked_communes": pitch.ranked_communes,
        }
