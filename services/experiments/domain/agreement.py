"""The agreement (convention): drafted for a laureate commune, sent, signed by all, in force until its month ends."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID

from services.experiments.domain.errors import AgreementOver, AlreadySigned, InvalidField, NotASignatory
from services.experiments.domain.signature import Delegation, Signature
from services.experiments.domain.terms import Party, Terms
from shared.events.experiments import (
    AgreementAbandoned,
    AgreementDrafted,
    AgreementEnteredIntoForce,
    AgreementExpired,
    AgreementOverdue,
    AgreementSent,
    AgreementSigned,
)
from shared.kit.clock import add_months, date_in_paris, end_of_day_paris
from shared.kit.identity import derived_id
from shared.kit.refusals import InvalidState
from shared.territory.french import of

DUE = "agreement.due"
EXPIRE = "agreement.expire"


class Status(StrEnum):
    """Where an agreement stands."""

    DRAFT = "draft"
    SENT = "sent"
    PARTLY_SIGNED = "partly_signed"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    ABANDONED = "abandoned"


TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.DRAFT: frozenset({Status.SENT, Status.ABANDONED}),
        Status.SENT: frozenset({Status.PARTLY_SIGNED, Status.ABANDONED}),
        Status.PARTLY_SIGNED: frozenset({Status.PARTLY_SIGNED, Status.IN_FORCE, Status.ABANDONED}),
        Status.IN_FORCE: frozenset({Status.EXPIRED}),
        Status.EXPIRED: frozenset(),
        Status.ABANDONED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class Award:
    """The decision the agreement rests on (R178), and the instant the commune was told."""

    candidature_id: UUID
    deliberation_number: str
    deliberation_date: date
    announced_at: datetime


@dataclass(frozen=True, slots=True)
class FixedText:
    """The text the parties sign; `digest` is its SHA-256."""

    content: str
    digest: str

    @classmethod
    def of(cls, content: str) -> Self:
        """Fix a text by its hash."""
        return cls(content, hashlib.sha256(content.encode()).hexdigest())


def makes_laureate(standings: Iterable[Status]) -> bool:
    """Whether a commune whose agreements, of all editions, stand there is a laureate: it has not given up all."""
    return any(status is not Status.ABANDONED for status in standings)


def agreement_id_of(edition: int, commune: str) -> UUID:
    """One agreement per laureate commune and edition, known by anyone who knows both, before it is drafted."""
    return derived_id("agreement", str(edition), commune)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The agreement of one laureate commune in one edition; it holds no amount (R187)."""

    id: UUID
    edition: int
    commune: str
    commune_party: Party
    award: Award
    terms: Terms
    due_on: date
    status: Status = Status.DRAFT
    text: FixedText | None = None
    sent_at: datetime | None = None
    signatures: tuple[Signature, ...] = ()
    overdue: bool = False
    in_force_from: date | None = None
    abandoned_for: str | None = None
    version: int = 1

    @classmethod
    def draft(
        cls, *, edition: int, commune: str, commune_name: str, award: Award, terms: Terms, at: datetime
    ) -> tuple[Self, AgreementDrafted]:
        """Prepare it, due within one calendar month of the notification of the award (R148)."""
        agreement = cls(
            id=agreement_id_of(edition, commune),
            edition=edition,
            commune=commune,
            commune_party=Party(commune, f"La commune {of(commune_name)}", "son Maire"),
            award=award,
            terms=terms,
            due_on=add_months(date_in_paris(award.announced_at), 1),
        )
        return agreement, AgreementDrafted(
            agreement_id=agreement.id,
            edition=edition,
            commune=commune,
            candidature_id=award.candidature_id,
            due_on=agreement.due_on,
            drafted_at=at,
        )

    @property
    def parties(self) -> tuple[Party, ...]:
        """The institutions of the edition, then the commune (R173)."""
        return (*self.terms.institutions, self.commune_party)

    @property
    def due_at(self) -> datetime:
        """The end of the due day in Paris."""
        return end_of_day_paris(self.due_on)

    @property
    def awaited(self) -> bool:
        """Whether it may still come into force."""
        return self.status in {Status.DRAFT, Status.SENT, Status.PARTLY_SIGNED}

    def revise(self, terms: Terms) -> Self:
        """Follow the terms of the edition; only as long as nobody has received the text."""
        if self.status is not Status.DRAFT:
            raise InvalidState(self.status, sorted(TRANSITIONS[self.status]))
        return replace(self, terms=terms)

    def send(self, text: str, *, at: datetime) -> tuple[Self, AgreementSent]:
        """Fix the text by its hash and give it to the parties to sign."""
        self._require(Status.SENT)
        self._require_time_left(at)
        fixed = FixedText.of(text)
        event = AgreementSent(**self._who(), due_on=self.due_on, digest=fixed.digest, sent_at=at)
        return replace(self, status=Status.SENT, text=fixed, sent_at=at), event

    def require_signatory(self, party: str, *, organisation: str | None, institutional: bool) -> None:
        """Refuse to sign for another party: an institution's people sign for it, the commune's own signatory for her.

        `institutional` is whoever sees every agreement: not even they sign for a commune.
        """
        if party != organisation or (party == self.commune) is institutional:
            raise NotASignatory

    def sign(self, signature: Signature) -> tuple[Self, tuple[AgreementSigned | AgreementEnteredIntoForce, ...]]:
        """Add the signature of a party; the last one brings the agreement into force (R183)."""
        signed = {known.party for known in self.signatures}
        if signature.party in signed:
            raise AlreadySigned(signature.party)
        self._require(Status.PARTLY_SIGNED)
        self._require_time_left(signature.recorded_at)
        self._check(signature)
        agreement = replace(self, status=Status.PARTLY_SIGNED, signatures=(*self.signatures, signature))
        event = AgreementSigned(**self._who(), party=signature.party, signed_on=signature.signed_on)
        if {party.organisation for party in self.parties} - signed - {signature.party}:
            return agreement, (event,)
        in_force, entered = agreement._enter_into_force()
        return in_force, (event, entered)

    def lapse(self) -> tuple[Self, AgreementOverdue]:
        """Record that the due date has passed without it being in force; it may still be signed (R148)."""
        if not self.awaited or self.overdue:
            raise InvalidState(self.status, sorted(TRANSITIONS[self.status]))
        return replace(self, overdue=True), AgreementOverdue(**self._who(), due_on=self.due_on)

    def expire(self, *, at: datetime) -> tuple[Self, AgreementExpired]:
        """End with the month it was to end in (R184, R185)."""
        self._require(Status.EXPIRED)
        if at < self.terms.ends_in.end:
            raise InvalidState(self.status, ())
        event = AgreementExpired(**self._who(), expired_on=self.terms.ends_in.last_day)
        return replace(self, status=Status.EXPIRED), event

    def abandon(self, reason: str, *, at: datetime) -> tuple[Self, AgreementAbandoned]:
        """Give it up before it is in force, with a reason."""
        self._require(Status.ABANDONED)
        event = AgreementAbandoned(**self._who(), reason=reason, abandoned_at=at)
        return replace(self, status=Status.ABANDONED, abandoned_for=reason), event

    def _enter_into_force(self) -> tuple[Self, AgreementEnteredIntoForce]:
        self._require(Status.IN_FORCE)
        since = max(signature.signed_on for signature in self.signatures)
        event = AgreementEnteredIntoForce(**self._who(), in_force_from=since)
        return replace(self, status=Status.IN_FORCE, in_force_from=since), event

    def _check(self, signature: Signature) -> None:
        if signature.party not in {party.organisation for party in self.parties}:
            raise InvalidField("/party", "unknown-party", "Cette organisation n'est pas partie à la convention.")
        if self.sent_at is None or signature.signed_on < date_in_paris(self.sent_at):
            raise InvalidField("/signed_on", "before-sending", "La signature ne peut pas précéder l'envoi du texte.")
        if signature.signed_on > date_in_paris(signature.recorded_at):
            raise InvalidField("/signed_on", "in-the-future", "La date de signature est dans le futur.")
        if signature.authority.taken_on > signature.signed_on:
            name = "delegation_date" if isinstance(signature.authority, Delegation) else "deliberation_date"
            message = "L'habilitation du signataire doit précéder la signature."
            raise InvalidField(f"/authority/{name}", "after-signature", message)

    def _require(self, target: Status) -> None:
        if target not in TRANSITIONS[self.status]:
            raise InvalidState(self.status, sorted(TRANSITIONS[self.status]))

    def _require_time_left(self, at: datetime) -> None:
        if at > self.terms.ends_in.end:
            raise AgreementOver(self.terms.ends_in.last_day)

    def _who(self) -> dict[str, Any]:
        return {"agreement_id": self.id, "edition": self.edition, "commune": self.commune}
