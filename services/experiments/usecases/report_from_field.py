"""Report from the field."""

from dataclasses import dataclass

from services.experiments.domain.report import FieldReport
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ReportFromField:
    """This report; it names its experiment."""

    report: FieldReport
    scope: Scope


async def report_from_field(command: ReportFromField, work: Work) -> None:
    """Keep the report (R083); it does not change the experiment."""
    async with work:
        experiment = await work.experiments.get(command.report.experiment_id, command.scope)
        event = experiment.report(command.report)
        await work.reports.add(command.report)
        await work.publish(experiment.id, event)
