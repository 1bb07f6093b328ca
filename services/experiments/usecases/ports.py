"""What the use cases of the experiments service ask of its store."""

from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.experiments.domain.agreement import Agreement
from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.experiment import Experiment
from services.experiments.domain.lifecycle import Status
from services.experiments.domain.protocol import RegisteredProtocol
from services.experiments.domain.report import FieldReport
from services.experiments.domain.terms import EditionTerms
from services.experiments.usecases.read_models import AgreementSummary, ExperimentStanding, ExperimentSummary, Result
from shared.kit.access import Scope
from shared.kit.ports import UnitOfWork


class Editions(Protocol):
    """The terms of the agreements of each edition."""

    async def get(self, edition: int) -> EditionTerms:
        """Those decided, to change: nobody relies on them until the transaction ends; version 0 when none were."""
        ...

    async def hold(self, edition: int) -> EditionTerms:
        """Those decided, to rely on: nobody changes them until the transaction ends."""
        ...

    async def save(self, terms: EditionTerms) -> int:
        """Decide them; returns the new version, or raises Stale."""
        ...


class Agreements(Protocol):
    """The agreements, to change: nobody else changes one until the transaction ends."""

    async def get(self, agreement_id: UUID, scope: Scope) -> Agreement:
        """One of them; AgreementNotFound when not there or outside the scope."""
        ...

    async def find(self, agreement_id: UUID) -> Agreement | None:
        """One of them, if it exists."""
        ...

    async def standing(self, agreement_id: UUID) -> AgreementStatus | None:
        """Where it stands now, without holding it; None when there is none."""
        ...

    async def drafts_of(self, edition: int) -> list[Agreement]:
        """Those of an edition that nobody has received yet."""
        ...

    async def add(self, agreement: Agreement) -> None:
        """A new agreement."""
        ...

    async def save(self, agreement: Agreement) -> int:
        """A changed agreement; returns its new version, or raises Stale."""
        ...


class Texts(Protocol):
    """The templates of agreements, in French."""

    def knows(self, template: str) -> bool:
        """Whether there is such a template."""
        ...

    def write(self, agreement: Agreement) -> str:
        """The text of this agreement, in Markdown; the same agreement always gives the same text."""
        ...


class Experiments(Protocol):
    """The experiments, to change: nobody else changes one until the transaction ends."""

    async def get(self, experiment_id: UUID, scope: Scope) -> Experiment:
        """One of them; ExperimentNotFound when not there, or neither in the commune nor of the holder in scope."""
        ...

    async def find(self, experiment_id: UUID) -> Experiment | None:
        """One of them, if it exists."""
        ...

    async def of_commune(self, edition: int, commune: str) -> list[Experiment]:
        """All those of a commune in an edition, whatever their state."""
        ...

    async def add(self, experiment: Experiment) -> None:
        """A new experiment."""
        ...

    async def save(self, experiment: Experiment) -> int:
        """A changed experiment; returns its new version, or raises Stale."""
        ...


class Reports(Protocol):
    """What was reported from the field; append-only."""

    async def add(self, report: FieldReport) -> None:
        """A new report."""
        ...

    async def known(self, experiment_id: UUID) -> frozenset[UUID]:
        """The identifiers of the reports of an experiment."""
        ...


class Views(Protocol):
    """What the service shows; outside the scope is NotFound, or absent from lists."""

    async def terms(self, edition: int) -> EditionTerms:
        """The terms of an edition as they are now."""
        ...

    async def agreement(self, agreement_id: UUID, scope: Scope) -> Agreement:
        """One agreement."""
        ...

    async def agreements(
        self,
        scope: Scope,
        *,
        edition: int | None,
        commune: str | None,
        status: AgreementStatus | None,
        after: tuple[int, str] | None,
        limit: int,
    ) -> list[AgreementSummary]:
        """Agreements by edition and commune, after the pair given."""
        ...

    async def experiment(self, experiment_id: UUID, scope: Scope) -> ExperimentStanding:
        """One experiment."""
        ...

    async def experiments(
        self,
        scope: Scope,
        *,
        edition: int | None,
        commune: str | None,
        status: Status | None,
        after: tuple[int, str, UUID] | None,
        limit: int,
    ) -> list[ExperimentSummary]:
        """Experiments by edition, commune and identifier, after the three given."""
        ...

    async def protocols(self, experiment_id: UUID, scope: Scope) -> list[RegisteredProtocol]:
        """Every version of the protocol of an experiment, the latest first."""
        ...

    async def reports(
        self, experiment_id: UUID, scope: Scope, *, after: tuple[date, UUID] | None, limit: int
    ) -> list[FieldReport]:
        """The reports of an experiment, the latest day first, after the pair given."""
        ...

    async def standings(self, commune: str) -> frozenset[AgreementStatus]:
        """Where the agreements of a commune stand, in all editions."""
        ...

    async def results(
        self, *, edition: int | None, commune: str | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Result]:
        """What the evaluated experiments of all communes taught, the latest first, after the pair given."""
        ...


class Work(UnitOfWork, Protocol):
    """The unit of work of this service."""

    @property
    def editions(self) -> Editions:
        """The terms of each edition."""
        ...

    @property
    def agreements(self) -> Agreements:
        """The agreements."""
        ...

    @property
    def texts(self) -> Texts:
        """The templates of agreements."""
        ...

    @property
    def experiments(self) -> Experiments:
        """The experiments."""
        ...

    @property
    def reports(self) -> Reports:
        """The field reports."""
        ...

    @property
    def views(self) -> Views:
        """What can be read."""
        ...
