"""The experiment: a laureate project tested in a commune, from its planning to its evaluation."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.agreement import agreement_id_of
from services.experiments.domain.errors import InvalidField, NotReady, ProtocolFrozen, SiteFrozen
from services.experiments.domain.evaluation import Evaluation
from services.experiments.domain.lifecycle import BEFORE_LAUNCH, ENDED, IN_THE_STREET, TRANSITIONS, Status
from services.experiments.domain.preparation import Preparation
from services.experiments.domain.protocol import Protocol
from services.experiments.domain.report import FieldReport
from services.experiments.domain.resource import RequestStatus, ResourceRequest
from services.experiments.domain.site import Site
from shared.events.experiments import (
    ExperimentCompleted,
    ExperimentEvaluated,
    ExperimentLaunched,
    ExperimentPaused,
    ExperimentPlanned,
    ExperimentReadinessLost,
    ExperimentReady,
    ExperimentResumed,
    ExperimentStopped,
    FieldReported,
    ProtocolRegistered,
    ResourceGranted,
    ResourceRequested,
    ResourceRequestWithdrawn,
    SiteChosen,
    StructuringStarted,
)
from shared.kit.clock import date_in_paris
from shared.kit.identity import derived_id
from shared.kit.refusals import InvalidState


def experiment_id_of(proposal_id: UUID) -> UUID:
    """One experiment per allocated project: told twice, it is planned once."""
    return derived_id("experiment", proposal_id)


@dataclass(frozen=True, slots=True)
class Allocation:
    """The decision the experiment rests on: which project of which holder goes to which commune (R044)."""

    proposal_id: UUID
    edition: int
    wave: int
    commune: str
    title: str
    holder_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One field test; its agreement is that of the commune in the edition, drafted before or after it."""

    id: UUID
    allocation: Allocation
    planned_at: datetime
    status: Status = Status.PLANNED
    preparation: Preparation = field(default_factory=Preparation)
    launched_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    evaluation: Evaluation | None = None
    evaluated_at: datetime | None = None
    version: int = 1

    @classmethod
    def plan(cls, allocation: Allocation, *, at: datetime) -> tuple[Self, ExperimentPlanned]:
        """Plan the test of an allocated project."""
        experiment = cls(id=experiment_id_of(allocation.proposal_id), allocation=allocation, planned_at=at)
        return experiment, ExperimentPlanned(
            **experiment._who(),
            proposal_id=allocation.proposal_id,
            agreement_id=experiment.agreement_id,
            wave=allocation.wave,
            title=allocation.title,
            holder_id=allocation.holder_id,
            planned_at=at,
        )

    @property
    def agreement_id(self) -> UUID:
        """The agreement of the commune in this edition, whether it exists yet or not."""
        return agreement_id_of(self.allocation.edition, self.allocation.commune)

    @property
    def launched(self) -> bool:
        """Whether it runs, or has run."""
        return self.status not in BEFORE_LAUNCH

    def start_structuring(self, *, at: datetime) -> tuple[Self, StructuringStarted]:
        """Begin to structure the project with its holder and the commune (R071)."""
        return self._to(Status.STRUCTURING), StructuringStarted(**self._who(), started_at=at)

    def register_protocol(self, protocol: Protocol, *, at: datetime) -> tuple[Self, ProtocolRegistered | None]:
        """Register it, or a new version of it, before the launch; the same protocol again changes nothing (R075)."""
        if self.launched:
            raise ProtocolFrozen
        if self.status is Status.PLANNED:
            raise self._illegal()
        preparation = self.preparation.register(protocol, at=at)
        registered = preparation.protocol
        if registered is None or registered == self.preparation.protocol:
            return self, None
        experiment = self._to(Status.PROTOCOL_REGISTERED) if self.status is Status.STRUCTURING else self
        event = ProtocolRegistered(
            **self._who(),
            version=registered.version,
            indicators=len(protocol.indicators),
            digest=registered.digest,
            registered_at=at,
            title=self.allocation.title,
        )
        return replace(experiment, preparation=preparation), event

    def choose_site(self, site: Site, *, at: datetime) -> tuple[Self, SiteChosen | None]:
        """Choose, or change, the place and its host, before the launch; the same again changes nothing (R040)."""
        if self.launched:
            raise SiteFrozen
        if site == self.preparation.site:
            return self, None
        if site.host_agreed_on is not None and site.host_agreed_on > date_in_paris(at):
            raise InvalidField("/host_agreed_on", "in-the-future", "La date de l'accord est dans le futur.")
        event = SiteChosen(
            **self._who(), site=site.name, host=site.host, host_agreed_on=site.host_agreed_on, chosen_at=at
        )
        return replace(self, preparation=replace(self.preparation, site=site)), event

    def request_resource(self, request: ResourceRequest) -> tuple[Self, ResourceRequested]:
        """Ask the commune for something, as long as the experiment has not ended (R111)."""
        if self.status not in BEFORE_LAUNCH | IN_THE_STREET:
            raise self._illegal()
        event = ResourceRequested(
            **self._who(), request_id=request.id, kind=request.kind, requested_at=request.requested_at
        )
        return replace(self, preparation=self.preparation.add(request)), event

    def grant_resource(self, request_id: UUID, *, at: datetime) -> tuple[Self, ResourceGranted]:
        """The commune provides it."""
        preparation = self.preparation.answer(request_id, RequestStatus.GRANTED, at=at)
        event = ResourceGranted(**self._who(), request_id=request_id, granted_at=at)
        return replace(self, preparation=preparation), event

    def withdraw_request(self, request_id: UUID, *, at: datetime) -> tuple[Self, ResourceRequestWithdrawn]:
        """It is not needed any more."""
        preparation = self.preparation.answer(request_id, RequestStatus.WITHDRAWN, at=at)
        event = ResourceRequestWithdrawn(**self._who(), request_id=request_id, withdrawn_at=at)
        return replace(self, preparation=preparation), event

    def assess(
        self, agreement: AgreementStatus | None, *, at: datetime
    ) -> tuple[Self, ExperimentReady | ExperimentReadinessLost | None]:
        """Become ready when nothing is missing, cease to be when something is again; no event when neither."""
        missing, site = self.preparation.missing(agreement), self.preparation.site
        if self.status is Status.PROTOCOL_REGISTERED and site is not None and not missing:
            return self._to(Status.READY), ExperimentReady(**self._who(), site=site.name, ready_at=at)
        if self.status is Status.READY and missing:
            lost = ExperimentReadinessLost(**self._who(), missing=tuple(item.code for item in missing), lost_at=at)
            return self._to(Status.PROTOCOL_REGISTERED), lost
        return self, None

    def launch(self, agreement: AgreementStatus | None, *, at: datetime) -> tuple[Self, ExperimentLaunched]:
        """Start in the street; refused with the list of what is missing."""
        missing, site = self.preparation.missing(agreement), self.preparation.site
        if self.launched:
            raise self._illegal()
        if missing or site is None:
            raise NotReady(missing)
        experiment = self._to(Status.RUNNING, launched_at=at)
        event = ExperimentLaunched(
            **self._who(),
            proposal_id=self.allocation.proposal_id,
            wave=self.allocation.wave,
            title=self.allocation.title,
            holder_id=self.allocation.holder_id,
            site=site.name,
            launched_at=at,
        )
        return experiment, event

    def report(self, report: FieldReport) -> FieldReported:
        """Take note of what was seen in the field, on a day between the launch and today (R083)."""
        if self.status not in IN_THE_STREET | ENDED:
            raise self._illegal()
        if report.reported_on > date_in_paris(report.recorded_at):
            raise InvalidField("/reported_on", "in-the-future", "La date du compte rendu est dans le futur.")
        if self.launched_at and report.reported_on < date_in_paris(self.launched_at):
            raise InvalidField("/reported_on", "before-launch", "Le compte rendu ne peut pas précéder le lancement.")
        return FieldReported(
            **self._who(), report_id=report.id, reported_on=report.reported_on, title=self.allocation.title
        )

    def pause(self, reason: str, *, at: datetime) -> tuple[Self, ExperimentPaused]:
        """Interrupt it for a while, with a reason."""
        paused = self._to(Status.PAUSED, reason=reason)
        return paused, ExperimentPaused(**self._who(), reason=reason, paused_at=at)

    def resume(self, *, at: datetime) -> tuple[Self, ExperimentResumed]:
        """Run again after a pause."""
        if not self.launched:
            raise self._illegal()
        return self._to(Status.RUNNING, reason=None), ExperimentResumed(**self._who(), resumed_at=at)

    def stop(self, reason: str, *, at: datetime) -> tuple[Self, ExperimentStopped]:
        """End it before its term, with a reason."""
        stopped = self._to(Status.STOPPED, ended_at=at, reason=reason)
        return stopped, ExperimentStopped(**self._who(), reason=reason, stopped_at=at)

    def complete(self, *, at: datetime) -> tuple[Self, ExperimentCompleted]:
        """End it as planned."""
        completed = self._to(Status.COMPLETED, ended_at=at, reason=None)
        return completed, ExperimentCompleted(**self._who(), **self._project(), completed_at=at)

    def evaluate(
        self, evaluation: Evaluation, reports: frozenset[UUID], *, at: datetime
    ) -> tuple[Self, ExperimentEvaluated]:
        """Conclude, once it has ended, from the `reports` of its field (R072)."""
        evaluated = self._to(Status.EVALUATED, evaluation=evaluation, evaluated_at=at)
        evaluation.check(reports)
        event = ExperimentEvaluated(**self._who(), **self._project(), conclusion=evaluation.conclusion, evaluated_at=at)
        return evaluated, event

    def _who(self) -> dict[str, Any]:
        return {"experiment_id": self.id, "edition": self.allocation.edition, "commune": self.allocation.commune}

    def _project(self) -> dict[str, Any]:
        return {"title": self.allocation.title, "holder_id": self.allocation.holder_id}

    def _to(self, target: Status, **changes: Any) -> Self:
        if target not in TRANSITIONS[self.status]:
            raise self._illegal()
        return replace(self, status=target, **changes)

    def _illegal(self) -> InvalidState:
        return InvalidState(self.status, sorted(TRANSITIONS[self.status]))
