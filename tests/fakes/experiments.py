"""The store of the experiments service in memory."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from services.experiments.domain.agreement import Agreement
from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.errors import AgreementNotFound, ExperimentNotFound
from services.experiments.domain.experiment import Experiment
from services.experiments.domain.lifecycle import Status
from services.experiments.domain.protocol import RegisteredProtocol
from services.experiments.domain.report import FieldReport
from services.experiments.domain.terms import EditionTerms
from services.experiments.usecases.read_models import AgreementSummary, ExperimentStanding, ExperimentSummary, Result
from shared.kit.access import Scope
from shared.kit.refusals import Stale
from tests.fakes.kit import MemoryStore, MemoryWork, saved


@dataclass
class Store(MemoryStore):
    """What outlives a transaction."""

    editions: dict[int, EditionTerms] = field(default_factory=dict)
    agreements: dict[UUID, Agreement] = field(default_factory=dict)
    experiments: dict[UUID, Experiment] = field(default_factory=dict)
    protocols: dict[tuple[UUID, int], RegisteredProtocol] = field(default_factory=dict)
    reports: dict[UUID, FieldReport] = field(default_factory=dict)


class FakeEditions:
    """The terms of the editions."""

    def __init__(self, store: Store) -> None:
        self._rows = store.editions

    async def get(self, edition: int) -> EditionTerms:
        return self._rows.get(edition, EditionTerms(edition))

    async def hold(self, edition: int) -> EditionTerms:
        return await self.get(edition)

    async def save(self, terms: EditionTerms) -> int:
        if (await self.get(terms.edition)).version != terms.version:
            raise Stale
        self._rows[terms.edition] = replace(terms, version=terms.version + 1)
        return terms.version + 1


class FakeAgreements:
    """The agreements."""

    def __init__(self, store: Store) -> None:
        self._rows = store.agreements

    async def get(self, agreement_id: UUID, scope: Scope) -> Agreement:
        agreement = self._rows.get(agreement_id)
        if agreement is None or not scope.includes(agreement.commune):
            raise AgreementNotFound(agreement_id)
        return agreement

    async def find(self, agreement_id: UUID) -> Agreement | None:
        return self._rows.get(agreement_id)

    async def standing(self, agreement_id: UUID) -> AgreementStatus | None:
        agreement = self._rows.get(agreement_id)
        return agreement.status if agreement else None

    async def drafts_of(self, edition: int) -> list[Agreement]:
        drafts = [a for a in self._rows.values() if a.edition == edition and a.status is AgreementStatus.DRAFT]
        return sorted(drafts, key=lambda agreement: agreement.commune)

    async def add(self, agreement: Agreement) -> None:
        assert agreement.id not in self._rows
        self._rows[agreement.id] = agreement

    async def save(self, agreement: Agreement) -> int:
        return saved(self._rows, agreement)


class FakeTexts:
    """One template, of one line."""

    def knows(self, template: str) -> bool:
        return template == "convention-engagement"

    def write(self, agreement: Agreement) -> str:
        return f"Convention de {agreement.commune}, édition {agreement.edition}, jusqu'en {agreement.terms.ends_in}."


class FakeExperiments:
    """The experiments, and every version of their protocols."""

    def __init__(self, store: Store) -> None:
        self._rows = store.experiments
        self._protocols = store.protocols

    async def get(self, experiment_id: UUID, scope: Scope) -> Experiment:
        experiment = self._rows.get(experiment_id)
        if experiment is None or not _visible(experiment, scope):
            raise ExperimentNotFound(experiment_id)
        return experiment

    async def find(self, experiment_id: UUID) -> Experiment | None:
        return self._rows.get(experiment_id)

    async def of_commune(self, edition: int, commune: str) -> list[Experiment]:
        place = (edition, commune)
        found = [e for e in self._rows.values() if (e.allocation.edition, e.allocation.commune) == place]
        return sorted(found, key=lambda experiment: experiment.id)

    async def add(self, experiment: Experiment) -> None:
        assert experiment.id not in self._rows
        self._keep(experiment)

    async def save(self, experiment: Experiment) -> int:
        if self._rows[experiment.id].version != experiment.version:
            raise Stale
        self._keep(replace(experiment, version=experiment.version + 1))
        return experiment.version + 1

    def _keep(self, experiment: Experiment) -> None:
        requests = sorted(experiment.preparation.resources, key=lambda request: (request.requested_at, request.id))
        preparation = replace(experiment.preparation, resources=tuple(requests))
        self._rows[experiment.id] = replace(experiment, preparation=preparation)
        if preparation.protocol is not None:
            self._protocols.setdefault((experiment.id, preparation.protocol.version), preparation.protocol)


class FakeReports:
    """The field reports."""

    def __init__(self, store: Store) -> None:
        self._rows = store.reports

    async def add(self, report: FieldReport) -> None:
        assert report.id not in self._rows
        self._rows[report.id] = report

    async def known(self, experiment_id: UUID) -> frozenset[UUID]:
        return frozenset(report.id for report in self._rows.values() if report.experiment_id == experiment_id)


class FakeViews:
    """What the service shows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def terms(self, edition: int) -> EditionTerms:
        return await FakeEditions(self._store).get(edition)

    async def agreement(self, agreement_id: UUID, scope: Scope) -> Agreement:
        return await FakeAgreements(self._store).get(agreement_id, scope)

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
        found = [
            AgreementSummary(
                a.id, a.edition, a.commune, a.status, a.due_on, a.overdue, str(a.terms.ends_in), a.in_force_from
            )
            for a in sorted(self._store.agreements.values(), key=lambda a: (a.edition, a.commune))
            if scope.includes(a.commune)
            and edition in {None, a.edition}
            and commune in {None, a.commune}
            and status in {None, a.status}
            and (after is None or (a.edition, a.commune) > after)
        ]
        return found[:limit]

    async def experiment(self, experiment_id: UUID, scope: Scope) -> ExperimentStanding:
        experiment = await FakeExperiments(self._store).get(experiment_id, scope)
        agreement = self._store.agreements.get(experiment.agreement_id)
        return ExperimentStanding(experiment, agreement.status if agreement else None)

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
        def position(experiment: Experiment) -> tuple[int, str, UUID]:
            return experiment.allocation.edition, experiment.allocation.commune, experiment.id

        found = [
            ExperimentSummary(
                e.id, e.allocation, e.status, e.preparation.site.name if e.preparation.site else None, e.launched_at
            )
            for e in sorted(self._store.experiments.values(), key=position)
            if _visible(e, scope)
            and edition in {None, e.allocation.edition}
            and commune in {None, e.allocation.commune}
            and status in {None, e.status}
            and (after is None or position(e) > after)
        ]
        return found[:limit]

    async def protocols(self, experiment_id: UUID, scope: Scope) -> list[RegisteredProtocol]:
        await self.experiment(experiment_id, scope)
        versions = [kept for (owner, _), kept in self._store.protocols.items() if owner == experiment_id]
        return sorted(versions, key=lambda registered: -registered.version)

    async def reports(
        self, experiment_id: UUID, scope: Scope, *, after: tuple[date, UUID] | None, limit: int
    ) -> list[FieldReport]:
        await self.experiment(experiment_id, scope)
        found = [
            report
            for report in self._store.reports.values()
            if report.experiment_id == experiment_id and (after is None or (report.reported_on, report.id) < after)
        ]
        return sorted(found, key=lambda report: (report.reported_on, report.id), reverse=True)[:limit]

    async def standings(self, commune: str) -> frozenset[AgreementStatus]:
        return frozenset(a.status for a in self._store.agreements.values() if a.commune == commune)

    async def results(
        self, *, edition: int | None, commune: str | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Result]:
        results = [
            Result(
                experiment_id=e.id,
                allocation=e.allocation,
                site=e.preparation.site.name if e.preparation.site else None,
                launched_at=e.launched_at,
                ended_at=e.ended_at,
                evaluation=e.evaluation,
                evaluated_at=e.evaluated_at,
            )
            for e in self._store.experiments.values()
            if e.evaluation and e.launched_at and e.ended_at and e.evaluated_at
            if edition in {None, e.allocation.edition} and commune in {None, e.allocation.commune}
        ]
        results.sort(key=lambda result: (result.evaluated_at, result.experiment_id), reverse=True)
        return [r for r in results if after is None or (r.evaluated_at, r.experiment_id) < after][:limit]


class FakeWork(MemoryWork[Store]):
    """A unit of work of the service on a store in memory."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.editions = FakeEditions(store)
        self.agreements = FakeAgreements(store)
        self.texts = FakeTexts()
        self.experiments = FakeExperiments(store)
        self.reports = FakeReports(store)
        self.views = FakeViews(store)


def _visible(experiment: Experiment, scope: Scope) -> bool:
    return scope.includes(experiment.allocation.commune) or scope.includes(experiment.allocation.holder_id)
