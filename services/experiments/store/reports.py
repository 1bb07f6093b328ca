"""The field reports, in the table `field_reports`."""

from uuid import UUID

import asyncpg

from services.experiments.domain.report import FieldReport
from shared.kit.database import Connection


class SqlReports:
    """The field reports of one transaction; append-only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, report: FieldReport) -> None:
        """A new report."""
        await self._connection.execute(
            "INSERT INTO field_reports"
            " (id, experiment_id, reported_on, summary, observations, organisation, recorded_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *(report.id, report.experiment_id, report.reported_on, report.summary, report.observations),
            *(report.organisation, report.recorded_at),
        )

    async def known(self, experiment_id: UUID) -> frozenset[UUID]:
        """The identifiers of the reports of an experiment."""
        rows = await self._connection.fetch("SELECT id FROM field_reports WHERE experiment_id = $1", experiment_id)
        return frozenset(row["id"] for row in rows)


def report_of(row: asyncpg.Record) -> FieldReport:
    """A report from its row."""
    return FieldReport(
        id=row["id"],
        experiment_id=row["experiment_id"],
        reported_on=row["reported_on"],
        summary=row["summary"],
        observations=row["observations"],
        organisation=row["organisation"],
        recorded_at=row["recorded_at"],
    )
