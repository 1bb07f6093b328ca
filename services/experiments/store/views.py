"""What the service shows of agreements and experiments."""

from datetime import date, datetime
from uuid import UUID

from services.experiments.domain.agreement import Agreement
from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.errors import AgreementNotFound, ExperimentNotFound
from services.experiments.domain.lifecycle import Status
from services.experiments.domain.protocol import RegisteredProtocol
from services.experiments.domain.report import FieldReport
from services.experiments.domain.terms import EditionTerms
from services.experiments.store.agreements import agreements_of
from services.experiments.store.codecs import EVALUATION, TERMS
from services.experiments.store.editions import terms_of
from services.experiments.store.experiments import allocation_of, experiments_of, protocol_of
from services.experiments.store.reports import report_of
from services.experiments.usecases.read_models import AgreementSummary, ExperimentStanding, ExperimentSummary, Result
from shared.kit.access import Scope
from shared.kit.database import Connection

_ONE = "SELECT * FROM experiments WHERE id = $1 AND ($2::text IS NULL OR commune = $2 OR holder_id = $2)"


class SqlViews:
    """The readings of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def terms(self, edition: int) -> EditionTerms:
        """The terms of an edition as they are now."""
        return await terms_of(self._connection, edition)

    async def agreement(self, agreement_id: UUID, scope: Scope) -> Agreement:
        """One agreement."""
        rows = await self._connection.fetch(
            "SELECT * FROM agreements WHERE id = $1 AND ($2::text IS NULL OR commune = $2)", agreement_id, scope.owner
        )
        for agreement in await agreements_of(self._connection, rows):
            return agreement
        raise AgreementNotFound(agreement_id)

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
        rows = await self._connection.fetch(
            "SELECT id, edition, commune, status, due_on, overdue, terms, in_force_from FROM agreements"
            " WHERE ($1::text IS NULL OR commune = $1) AND ($2::int IS NULL OR edition = $2)"
            " AND ($3::text IS NULL OR commune = $3) AND ($4::text IS NULL OR status = $4)"
            " AND ($5::int IS NULL OR (edition, commune) > ($5, $6::text)) ORDER BY edition, commune LIMIT $7",
            *(scope.owner, edition, commune, status, *(after or (None, None)), limit),
        )
        return [
            AgreementSummary(
                id=row["id"],
                edition=row["edition"],
                commune=row["commune"],
                status=AgreementStatus(row["status"]),
                due_on=row["due_on"],
                overdue=row["overdue"],
                ends_in=str(TERMS.validate_python(row["terms"]).ends_in),
                in_force_from=row["in_force_from"],
            )
            for row in rows
        ]

    async def experiment(self, experiment_id: UUID, scope: Scope) -> ExperimentStanding:
        """One experiment, with where its agreement stands."""
        rows = await self._connection.fetch(_ONE, experiment_id, scope.owner)
        for experiment in await experiments_of(self._connection, rows):
            standing = await self._connection.fetchval(
                "SELECT status FROM agreements WHERE id = $1", experiment.agreement_id
            )
            return ExperimentStanding(experiment, AgreementStatus(standing) if standing else None)
        raise ExperimentNotFound(experiment_id)

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
        rows = await self._connection.fetch(
            "SELECT id, proposal_id, edition, wave, commune, title, holder_id, status, site->>'name' AS site,"
            " launched_at FROM experiments WHERE ($1::int IS NULL OR edition = $1)"
            " AND ($2::text IS NULL OR commune = $2 OR holder_id = $2)"
            " AND ($3::text IS NULL OR commune = $3) AND ($4::text IS NULL OR status = $4)"
            " AND ($5::int IS NULL OR (edition, commune, id) > ($5, $6::text, $7::uuid))"
            " ORDER BY edition, commune, id LIMIT $8",
            *(edition, scope.owner, commune, status, *(after or (None, None, None)), limit),
        )
        return [
            ExperimentSummary(
                id=row["id"],
                allocation=allocation_of(row),
                status=Status(row["status"]),
                site=row["site"],
                launched_at=row["launched_at"],
            )
            for row in rows
        ]

    async def protocols(self, experiment_id: UUID, scope: Scope) -> list[RegisteredProtocol]:
        """Every version of the protocol of an experiment, the latest first."""
        await self._check_visible(experiment_id, scope)
        rows = await self._connection.fetch(
            "SELECT * FROM protocols WHERE experiment_id = $1 ORDER BY version DESC", experiment_id
        )
        return [protocol_of(row) for row in rows]

    async def reports(
        self, experiment_id: UUID, scope: Scope, *, after: tuple[date, UUID] | None, limit: int
    ) -> list[FieldReport]:
        """The reports of an experiment, the latest day first, after the pair given."""
        await self._check_visible(experiment_id, scope)
        rows = await self._connection.fetch(
            "SELECT * FROM field_reports WHERE experiment_id = $1"
            " AND ($2::date IS NULL OR (reported_on, id) < ($2, $3::uuid)) ORDER BY reported_on DESC, id DESC LIMIT $4",
            *(experiment_id, *(after or (None, None)), limit),
        )
        return [report_of(row) for row in rows]

    async def standings(self, commune: str) -> frozenset[AgreementStatus]:
        """Where the agreements of a commune stand, in all editions."""
        rows = await self._connection.fetch("SELECT DISTINCT status FROM agreements WHERE commune = $1", commune)
        return frozenset(AgreementStatus(row["status"]) for row in rows)

    async def results(
        self, *, edition: int | None, commune: str | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Result]:
        """What the evaluated experiments of all communes taught, the latest first, after the pair given."""
        rows = await self._connection.fetch(
            "SELECT *, site->>'name' AS site_name FROM experiments WHERE evaluated_at IS NOT NULL"
            " AND ($1::int IS NULL OR edition = $1) AND ($2::text IS NULL OR commune = $2)"
            " AND ($3::timestamptz IS NULL OR (evaluated_at, id) < ($3, $4::uuid))"
            " ORDER BY evaluated_at DESC, id DESC LIMIT $5",
            *(edition, commune, *(after or (None, None)), limit),
        )
        return [
            Result(
                experiment_id=row["id"],
                allocation=allocation_of(row),
                site=row["site_name"],
                launched_at=row["launched_at"],
                ended_at=row["ended_at"],
                evaluation=EVALUATION.validate_python(row["evaluation"]),
                evaluated_at=row["evaluated_at"],
            )
            for row in rows
        ]

    async def _check_visible(self, experiment_id: UUID, scope: Scope) -> None:
        if await self._connection.fetchrow(_ONE, experiment_id, scope.owner) is None:
            raise ExperimentNotFound(experiment_id)
