"""Field reports: written by those who see the experiment in the street."""

from datetime import date
from uuid import UUID

from services.experiments.api.deps import Work
from services.experiments.api.experiment_models import ReportBody, ReportView
from services.experiments.usecases.report_from_field import ReportFromField, report_from_field
from shared.kit.api import Created, Now, Once, Page, Paging, Who, Within, problems, requires, router
from shared.kit.identity import new_id

reports = router("/v1/experiments/{experiment_id}/field-reports", tags=["Suivi"])


@reports.post("", status_code=201, dependencies=[requires("experiment.report")], responses=problems(404, 409))
async def report(
    experiment_id: UUID, body: ReportBody, work: Work, who: Who, within: Within, now: Now, once: Once
) -> Created:
    """Report from the field, since the launch."""
    created = Created(id=new_id())
    once.answers(work, created)
    written = body.report(created.id, experiment_id, who.organisation, now)
    await report_from_field(ReportFromField(written, within), work)
    return created


@reports.get("", dependencies=[requires("experiment.read")], responses=problems(404))
async def browse(experiment_id: UUID, work: Work, within: Within, paging: Paging) -> Page[ReportView]:
    """List the field reports of an experiment, the latest day first."""
    after = (date.fromisoformat(paging.after[0]), UUID(paging.after[1])) if paging.after else None
    async with work:
        rows = await work.views.reports(experiment_id, within, after=after, limit=paging.fetch)
    return paging.page(rows, ReportView.of, lambda row: (row.reported_on.isoformat(), str(row.id)))
