"""Agreements and experiments as tests need them: valid by default, and invented."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.experiments.domain.agreement import Agreement, Award
from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.evaluation import Assessment, Evaluation
from services.experiments.domain.experiment import Allocation, Experiment
from services.experiments.domain.lifecycle import BEFORE_LAUNCH, Status
from services.experiments.domain.preparation import Preparation
from services.experiments.domain.protocol import Indicator, Protocol, Step
from services.experiments.domain.report import FieldReport
from services.experiments.domain.resource import ResourceRequest
from services.experiments.domain.signature import Deliberation, Signature
from services.experiments.domain.site import Site
from services.experiments.domain.terms import EditionTerms
from shared.events.selection import CommuneSelected, ProjectAllocated
from shared.events.types import Conclusion, ResourceKind
from shared.kit.clock import date_in_paris
from shared.kit.identity import new_id

COMMUNE = "93001"
METROPOLE = "metropole-grand-paris"
HOLDER = "siret:12345678200002"
TITLE = "Ombrières démontables"
ANNOUNCED_AT = datetime(2024, 2, 6, 17, 0, tzinfo=UTC)
SENT_AT = datetime(2024, 2, 20, 9, 0, tzinfo=UTC)
SIGNED_AT = datetime(2024, 2, 27, 9, 0, tzinfo=UTC)
ALLOCATED_AT = datetime(2024, 9, 10, 9, 0, tzinfo=UTC)
LAUNCHED_AT = datetime(2024, 10, 1, 8, 0, tzinfo=UTC)
ENDED_AT = datetime(2025, 3, 31, 16, 0, tzinfo=UTC)
LATER = datetime(2025, 4, 15, 9, 0, tzinfo=UTC)
DIGEST = "0" * 64

_FAR = {status for status in Status if status not in BEFORE_LAUNCH}


def an_award(**changes: Any) -> Award:
    """The decision of the Bureau that made the commune a laureate."""
    return replace(Award(new_id(), "2024-012", date(2024, 2, 6), ANNOUNCED_AT), **changes)


def a_draft(award: Award | None = None, *, commune: str = COMMUNE, edition: int = 2, **changes: Any) -> Agreement:
    """An agreement as drafted, between the Métropole and the commune."""
    given = award or an_award()
    agreement, _ = Agreement.draft(
        edition=edition,
        commune=commune,
        commune_name="Aubervilliers",
        award=given,
        terms=EditionTerms(edition).for_award(date_in_paris(given.announced_at)),
        at=given.announced_at,
    )
    return replace(agreement, **changes)


def a_signature(party: str = COMMUNE, *, at: datetime = SIGNED_AT, **changes: Any) -> Signature:
    """The signature of a party, authorised by a deliberation."""
    authority = Deliberation("Conseil municipal", "2024-031", date(2024, 2, 15))
    return replace(Signature(party, authority, date_in_paris(at), "Aubervilliers", at), **changes)


def an_agreement(status: AgreementStatus = AgreementStatus.IN_FORCE, **changes: Any) -> Agreement:
    """An agreement in any state, by the transitions that lead there."""
    agreement = a_draft(**changes)
    if status is AgreementStatus.DRAFT:
        return agreement
    if status is AgreementStatus.ABANDONED:
        return agreement.abandon("La commune renonce.", at=SENT_AT)[0]
    agreement, _ = agreement.send("Le texte.", at=SENT_AT)
    if status is AgreementStatus.SENT:
        return agreement
    agreement, _ = agreement.sign(a_signature(METROPOLE))
    if status is AgreementStatus.PARTLY_SIGNED:
        return agreement
    agreement, _ = agreement.sign(a_signature(agreement.commune))
    return agreement if status is AgreementStatus.IN_FORCE else agreement.expire(at=agreement.terms.ends_in.end)[0]


def an_allocation(**changes: Any) -> Allocation:
    """A project of an innovator, allocated to the commune."""
    return replace(Allocation(new_id(), 2, 1, COMMUNE, TITLE, HOLDER), **changes)


def a_protocol(**changes: Any) -> Protocol:
    """One hypothesis, one indicator, one step."""
    protocol = Protocol(
        hypotheses=("L'ombrage abaisse la température ressentie.",),
        indicators=(Indicator("temperature", "Température à 15 h", "°C", Decimal("38.5"), Decimal(35)),),
        method="Relevés quotidiens.",
        calendar=(Step("Relevés", date(2024, 10, 1), date(2025, 3, 31)),),
    )
    return replace(protocol, **changes)


def a_site(**changes: Any) -> Site:
    """A square whose host, a partner, has agreed."""
    return replace(Site("Place inventée", None, "Bailleur inventé", date(2024, 9, 15)), **changes)


def a_request(**changes: Any) -> ResourceRequest:
    """Some public space, not granted yet."""
    request = ResourceRequest(new_id(), ResourceKind.PUBLIC_SPACE, "Six places de stationnement", ALLOCATED_AT)
    return replace(request, **changes)


def a_preparation(**changes: Any) -> Preparation:
    """Everything the launch requires of the experiment itself."""
    ready = Preparation().register(a_protocol(), at=ALLOCATED_AT)
    return replace(ready, site=a_site(), **changes)


def an_experiment(status: Status = Status.PLANNED, **changes: Any) -> Experiment:
    """An experiment in any state, with what that state implies."""
    experiment, _ = Experiment.plan(an_allocation(), at=ALLOCATED_AT)
    experiment = replace(experiment, status=status)
    if status is Status.PROTOCOL_REGISTERED:
        protocol = Preparation().register(a_protocol(), at=ALLOCATED_AT)
        experiment = replace(experiment, preparation=protocol)
    if status is Status.READY or status in _FAR:
        experiment = replace(experiment, preparation=a_preparation())
    if status in _FAR:
        experiment = replace(experiment, launched_at=LAUNCHED_AT)
    if status in {Status.COMPLETED, Status.STOPPED, Status.EVALUATED}:
        experiment = replace(experiment, ended_at=ENDED_AT)
    if status is Status.EVALUATED:
        experiment = replace(experiment, evaluation=an_evaluation(new_id()), evaluated_at=LATER)
    return replace(experiment, **changes)


def a_report(experiment_id: UUID, **changes: Any) -> FieldReport:
    """What was seen in the second week."""
    at = LAUNCHED_AT + timedelta(days=14)
    report = FieldReport(new_id(), experiment_id, date_in_paris(at), "Deuxième semaine", "RAS.", COMMUNE, at)
    return replace(report, **changes)


def an_assessment(*reports: UUID, **changes: Any) -> Assessment:
    """A good mark, resting on these reports."""
    return replace(Assessment(4, "Les relevés le montrent.", reports), **changes)


def an_evaluation(*reports: UUID, **changes: Any) -> Evaluation:
    """A conclusive evaluation, every claim resting on these reports."""
    mark = an_assessment(*reports)
    return replace(Evaluation(mark, mark, mark, Conclusion.CONCLUSIVE), **changes)


def a_commune_selected(commune: str = COMMUNE, **changes: Any) -> CommuneSelected:
    """What selection says of a laureate."""
    facts: dict[str, Any] = {
        "candidature_id": new_id(),
        "call_id": new_id(),
        "round_id": new_id(),
        "edition": 2,
        "commune": commune,
        "deliberation_number": "2024-012",
        "deliberation_date": date(2024, 2, 6),
        "reasons": ("Un défi clair.",),
        "announced_at": ANNOUNCED_AT,
        "rank": 1,
    }
    return CommuneSelected(**{**facts, **changes})


def a_project_allocated(commune: str = COMMUNE, **changes: Any) -> ProjectAllocated:
    """What selection says of a laureate project."""
    facts: dict[str, Any] = {
        "proposal_id": new_id(),
        "round_id": new_id(),
        "call_id": new_id(),
        "edition": 2,
        "wave": 1,
        "title": TITLE,
        "holder_id": HOLDER,
        "commune": commune,
        "allocated_at": ALLOCATED_AT,
    }
    return ProjectAllocated(**{**facts, **changes})
