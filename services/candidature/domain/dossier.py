"""The parts of a dossier: the team, the sectors proposed, the supports of local partners, who changed what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.candidature.domain.errors import DossierFull
from services.candidature.domain.questions import QuestionSet


class TeamRole(StrEnum):
    """The people a commune mobilises; the first two are required, the others welcome (R124)."""

    ELECTED_REFERENT = "elected_referent"
    REFERENT_AGENT = "referent_agent"
    COMMUNICATION_REFERENT = "communication_referent"
    EXPERT = "expert"


REQUIRED_ROLES = (TeamRole.ELECTED_REFERENT, TeamRole.REFERENT_AGENT)

MOST_SECTORS = 20
MOST_SUPPORTS = 50

# By role, the contacts of the directory who hold it.
Team = Mapping[TeamRole, tuple[UUID, ...]]


class PartnerKind(StrEnum):
    """The local partners the call names, and any other (R131)."""

    LANDLORD = "landlord"
    ASSOCIATION = "association"
    COLLECTIVE = "collective"
    FACILITY_OPERATOR = "facility_operator"
    SCHOOL = "school"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sector:
    """A part of the commune proposed for the experiments, with its sheet (R125)."""

    id: UUID
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Support:
    """The support of a local partner, an organisation, shown by a document (R130)."""

    id: UUID
    partner_name: str
    partner_kind: PartnerKind
    document_id: UUID


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the commune writes; `answers` by the key of their question, blank ones left out."""

    answers: Mapping[str, str] = field(default_factory=dict)
    team: Team = field(default_factory=dict)
    sectors: tuple[Sector, ...] = ()
    supports: tuple[Support, ...] = ()

    def answer(self, patch: Mapping[str, str | None], questions: QuestionSet) -> "Dossier":
        """Merge some answers into the form (R136); None, or a blank text, clears one."""
        questions.check(patch)
        merged = {**self.answers, **{key: (text or "").strip() for key, text in patch.items()}}
        return replace(self, answers={key: text for key, text in merged.items() if text})

    def with_team(self, team: Team) -> "Dossier":
        """Say who holds which role."""
        return replace(self, team={role: people for role, people in team.items() if people})

    def with_sector(self, sector: Sector) -> "Dossier":
        """Propose a sector, or describe it anew."""
        known = {each.id: each for each in self.sectors} | {sector.id: sector}
        if len(known) > MOST_SECTORS:
            raise DossierFull(f"Un dossier propose {MOST_SECTORS} secteurs au plus.")
        return replace(self, sectors=tuple(known.values()))

    def without_sector(self, sector_id: UUID) -> "Dossier":
        """Propose it no more."""
        return replace(self, sectors=tuple(each for each in self.sectors if each.id != sector_id))

    def with_support(self, support: Support) -> "Dossier":
        """Add the support of a local partner."""
        if len(self.supports) >= MOST_SUPPORTS:
            raise DossierFull(f"Un dossier présente {MOST_SUPPORTS} soutiens au plus.")
        return replace(self, supports=(*self.supports, support))

    def without_support(self, support_id: UUID) -> "Dossier":
        """Count on it no more."""
        return replace(self, supports=tuple(each for each in self.supports if each.id != support_id))


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed what in a dossier, and when; visible to the commune. `actor` is an opaque subject."""

    candidature_id: UUID
    version: int
    at: datetime
    actor: str
    parts: tuple[str, ...]
