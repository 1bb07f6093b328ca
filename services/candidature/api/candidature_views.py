"""Dossiers as they are shown."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.candidature.domain.candidature import Candidature, Status
from services.candidature.domain.completeness import Report
from services.candidature.domain.dossier import PartnerKind, Team, TeamRole
from services.candidature.domain.verdict import Verdict
from services.candidature.usecases.read_models import CandidatureSummary, NumberedChange
from shared.kit.api import View


class SectorView(View):
    """A sector."""

    id: UUID
    name: str
    description: str


class SupportView(View):
    """A support."""

    id: UUID
    partner_name: str
    partner_kind: PartnerKind
    document_id: UUID


class TeamView(View):
    """The team by role."""

    elected_referent: UUID | None
    referent_agent: UUID | None
    communication_referent: UUID | None
    experts: tuple[UUID, ...]

    @classmethod
    def of(cls, team: Team) -> "TeamView":
        """As JSON."""
        first = {role: next(iter(team.get(role, ())), None) for role in TeamRole}
        return cls(
            elected_referent=first[TeamRole.ELECTED_REFERENT],
            referent_agent=first[TeamRole.REFERENT_AGENT],
            communication_referent=first[TeamRole.COMMUNICATION_REFERENT],
            experts=tuple(team.get(TeamRole.EXPERT, ())),
        )


class VerdictView(View):
    """On time, complete, eligible: and the evidence."""

    on_time: bool
    complete: bool
    eligible: bool
    favourable: bool
    submitted_at: datetime | None
    deadline: datetime
    missing: tuple[str, ...]
    commune: str
    membership_date: date
    computed_at: datetime

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictView":
        """As JSON."""
        return cls.model_validate(verdict, from_attributes=True)


class CandidatureSummaryView(View):
    """A dossier in a list."""

    id: UUID
    call_id: UUID
    edition: int
    commune: str
    status: Status
    shared: bool
    started_at: datetime
    submitted_at: datetime | None
    version: int

    @classmethod
    def of(cls, candidature: CandidatureSummary) -> "CandidatureSummaryView":
        """As JSON."""
        return cls.model_validate(candidature, from_attributes=True)


class CandidatureView(View):
    """A dossier with all its parts but its files."""

    id: UUID
    call_id: UUID
    edition: int
    commune: str
    status: Status
    questions_version: int
    answers: dict[str, str]
    team: TeamView
    sectors: tuple[SectorView, ...]
    supports: tuple[SupportView, ...]
    shared: bool
    started_at: datetime
    submitted_at: datetime | None
    verdict: VerdictView | None
    reasons: tuple[str, ...]
    version: int

    @classmethod
    def of(cls, candidature: Candidature) -> "CandidatureView":
        """As JSON."""
        dossier = candidature.dossier
        return cls(
            id=candidature.id,
            call_id=candidature.call_id,
            edition=candidature.edition,
            commune=candidature.commune,
            status=candidature.status,
            questions_version=candidature.questions_version,
            answers=dict(dossier.answers),
            team=TeamView.of(dossier.team),
            sectors=tuple(SectorView.model_validate(each, from_attributes=True) for each in dossier.sectors),
            supports=tuple(SupportView.model_validate(each, from_attributes=True) for each in dossier.supports),
            shared=candidature.shared,
            started_at=candidature.started_at,
            submitted_at=candidature.submitted_at,
            verdict=VerdictView.of(candidature.verdict) if candidature.verdict else None,
            reasons=candidature.reasons,
            version=candidature.version,
        )


class ChangeView(View):
    """Who changed what, and when; `actor` is an opaque identifier."""

    version: int
    at: datetime
    actor: str
    parts: tuple[str, ...]

    @classmethod
    def of(cls, numbered: NumberedChange) -> "ChangeView":
        """As JSON."""
        change = numbered.change
        return cls(version=change.version, at=change.at, actor=change.actor, parts=change.parts)


class CheckView(View):
    """One rule of completeness."""

    rule: str
    pointer: str
    label: str
    met: bool
    waiting: bool
    remedy: Annotated[str | None, Field(description="Ce qu'il reste à faire, null si la règle est satisfaite.")]


class ReportView(View):
    """What is missing, rule by rule, and how to mend it."""

    complete: bool
    checks: tuple[CheckView, ...]

    @classmethod
    def of(cls, report: Report) -> "ReportView":
        """As JSON."""
        checks = tuple(
            CheckView(
                rule=check.rule,
                pointer=check.pointer,
                label=check.label,
                met=check.met,
                waiting=check.waiting and not check.met,
                remedy=None if check.met else check.remedy,
            )
            for check in report.checks
        )
        return cls(complete=report.complete, checks=checks)
