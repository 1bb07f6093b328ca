"""Experiments as JSON."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.experiments.api.protocol_models import RegistrationView
from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.lifecycle import Status
from services.experiments.domain.report import FieldReport
from services.experiments.domain.resource import RequestStatus, ResourceRequest
from services.experiments.domain.site import Site
from services.experiments.usecases.read_models import ExperimentStanding, ExperimentSummary
from shared.events.types import ResourceKind
from shared.kit.api import Day, Line, Paragraph, Reason, StrictModel, View


class SiteBody(StrictModel):
    """A place, and who hosts it: the commune, or a partner on its land."""

    name: Annotated[Line, Field(examples=["Place de la Mairie"])]
    address: Line | None = None
    host: Annotated[Line, Field(description="La commune, ou un partenaire qui accueille.", examples=["La commune"])]
    host_agreed_on: Annotated[Day | None, Field(description="Absent tant que l'hôte n'a pas donné son accord.")] = None

    def site(self) -> Site:
        """As the domain has it."""
        return Site(self.name, self.address, self.host, self.host_agreed_on)


class ResourceBody(StrictModel):
    """What the experiment needs of the commune."""

    kind: Literal["public_space", "technical_services", "partner_mobilisation", "other"]
    description: Annotated[Line, Field(examples=["Six places de stationnement pendant quatre mois"])]

    def request(self, request_id: UUID, at: datetime) -> ResourceRequest:
        """As the domain has it."""
        return ResourceRequest(request_id, ResourceKind(self.kind), self.description, at)


class ReportBody(StrictModel):
    """What was seen in the field."""

    reported_on: Day
    summary: Annotated[Line, Field(examples=["Deuxième semaine d'essai"])]
    observations: Paragraph

    def report(self, report_id: UUID, experiment_id: UUID, organisation: str | None, at: datetime) -> FieldReport:
        """As the domain has it."""
        return FieldReport(
            report_id, experiment_id, self.reported_on, self.summary, self.observations, organisation, at
        )


class ReasonBody(StrictModel):
    """Why."""

    reason: Reason


class SiteView(View):
    """A place and its host."""

    name: str
    address: str | None
    host: str
    host_agreed_on: date | None


class ResourceView(View):
    """A resource request."""

    id: UUID
    kind: str
    description: str
    status: RequestStatus
    requested_at: datetime
    answered_at: datetime | None

    @classmethod
    def of(cls, request: ResourceRequest) -> "ResourceView":
        """As JSON."""
        return cls.model_validate(request, from_attributes=True)


class MissingView(View):
    """One thing the launch requires and that is not there."""

    pointer: str
    code: str
    message: str


class AgreementLink(View):
    """The agreement the experiment depends on; `status` is null as long as it is not drafted."""

    id: UUID
    status: AgreementStatus | None


class ReportView(View):
    """A field report."""

    id: UUID
    reported_on: date
    summary: str
    observations: str
    organisation: str | None
    recorded_at: datetime

    @classmethod
    def of(cls, report: FieldReport) -> "ReportView":
        """As JSON."""
        return cls.model_validate({name: getattr(report, name) for name in cls.model_fields})


class ExperimentSummaryView(View):
    """An experiment in a list."""

    id: UUID
    proposal_id: UUID
    edition: int
    wave: int
    commune: str
    title: str
    holder_id: str
    status: Status
    site: str | None
    launched_at: datetime | None

    @classmethod
    def of(cls, experiment: ExperimentSummary) -> "ExperimentSummaryView":
        """As JSON."""
        allocation = experiment.allocation
        return cls(
            id=experiment.id,
            proposal_id=allocation.proposal_id,
            edition=allocation.edition,
            wave=allocation.wave,
            commune=allocation.commune,
            title=allocation.title,
            holder_id=allocation.holder_id,
            status=experiment.status,
            site=experiment.site,
            launched_at=experiment.launched_at,
        )


class ExperimentView(View):
    """An experiment; `missing` lists what its launch still requires, and is empty once it is ready."""

    id: UUID
    proposal_id: UUID
    edition: int
    wave: int
    commune: str
    title: str
    holder_id: str
    status: Status
    agreement: AgreementLink
    protocol: RegistrationView | None
    site: SiteView | None
    resources: tuple[ResourceView, ...]
    missing: tuple[MissingView, ...]
    planned_at: datetime
    launched_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    evaluated_at: datetime | None
    version: int

    @classmethod
    def of(cls, standing: ExperimentStanding) -> "ExperimentView":
        """As JSON."""
        experiment, preparation = standing.experiment, standing.experiment.preparation
        allocation = experiment.allocation
        missing = () if experiment.launched else preparation.missing(standing.agreement)
        return cls(
            id=experiment.id,
            proposal_id=allocation.proposal_id,
            edition=allocation.edition,
            wave=allocation.wave,
            commune=allocation.commune,
            title=allocation.title,
            holder_id=allocation.holder_id,
            status=experiment.status,
            agreement=AgreementLink(id=experiment.agreement_id, status=standing.agreement),
            protocol=RegistrationView.of(preparation.protocol) if preparation.protocol else None,
            site=SiteView.model_validate(preparation.site, from_attributes=True) if preparation.site else None,
            resources=tuple(ResourceView.of(request) for request in preparation.resources),
            missing=tuple(MissingView(pointer=m.pointer, code=m.code, message=m.message) for m in missing),
            planned_at=experiment.planned_at,
            launched_at=experiment.launched_at,
            ended_at=experiment.ended_at,
            reason=experiment.reason,
            evaluated_at=experiment.evaluated_at,
            version=experiment.version,
        )
