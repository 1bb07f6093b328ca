"""Dossiers: started, written and sent by communes, examined by the programme team."""

from uuid import UUID

from fastapi import Response

from services.candidature.api.candidature_models import AdmissionBody, StartBody
from services.candidature.api.candidature_views import (
    CandidatureSummaryView,
    CandidatureView,
    ChangeView,
    ReportView,
    VerdictView,
)
from services.candidature.api.deps import Editing, Work, after
from services.candidature.domain.candidature import Status
from services.candidature.usecases.examine_candidature import ExamineCandidature, examine_candidature
from services.candidature.usecases.judge_deadline import JudgeDeadline, judge_deadline
from services.candidature.usecases.reopen_candidature import ReopenCandidature, reopen_candidature
from services.candidature.usecases.report_completeness import ReportCompleteness, report_completeness
from services.candidature.usecases.start_candidature import StartCandidature, start_candidature
from services.candidature.usecases.submit_candidature import SubmitCandidature, submit_candidature
from services.candidature.usecases.withdraw_candidature import WithdrawCandidature, withdraw_candidature
from shared.kit.api import Created, Now, Once, Page, Paging, Within, etag, problems, requires, router
from shared.kit.identity import new_id

candidatures = router("/v1/candidatures", tags=["Candidatures"])


@candidatures.post("", status_code=201, dependencies=[requires("candidature.start")], responses=problems(404, 409))
async def start(body: StartBody, work: Work, editor: Editing, once: Once) -> Created:
    """Start the dossier of one's commune for an open call."""
    created = Created(id=new_id())
    once.answers(work, created, version=1)
    commune = editor.scope.organisation or ""
    await start_candidature(StartCandidature(created.id, body.call_id, commune, editor), work)
    return created


@candidatures.get("", dependencies=[requires("candidature.read")])
async def browse(
    work: Work, within: Within, paging: Paging, call_id: UUID | None = None, status: Status | None = None
) -> Page[CandidatureSummaryView]:
    """List the dossiers: those of one's commune, or all that were sent or shared."""
    async with work:
        rows = await work.views.candidatures(
            within, call_id=call_id, status=status, after=after(paging), limit=paging.fetch
        )
    return paging.page(rows, CandidatureSummaryView.of, lambda row: (str(row.id),))


@candidatures.get("/{candidature_id}", dependencies=[requires("candidature.read")], responses=problems(404))
async def show(candidature_id: UUID, work: Work, within: Within, response: Response) -> CandidatureView:
    """Show a dossier."""
    async with work:
        candidature = await work.views.candidature(candidature_id, within)
    etag(response, candidature.version)
    return CandidatureView.of(candidature)


@candidatures.get("/{candidature_id}/changes", dependencies=[requires("candidature.read")], responses=problems(404))
async def history(candidature_id: UUID, work: Work, within: Within, paging: Paging) -> Page[ChangeView]:
    """List who changed what, the latest first."""
    number = int(paging.after[0]) if paging.after else None
    async with work:
        rows = await work.views.changes(candidature_id, within, after=number, limit=paging.fetch)
    return paging.page(rows, ChangeView.of, lambda row: (row.number,))


@candidatures.get(
    "/{candidature_id}/completeness", dependencies=[requires("candidature.read")], responses=problems(404)
)
async def check(candidature_id: UUID, work: Work, within: Within) -> ReportView:
    """Say what is missing in a dossier, rule by rule, and how to mend it."""
    return ReportView.of(await report_completeness(ReportCompleteness(candidature_id, within), work))


@candidatures.get("/{candidature_id}/verdict", dependencies=[requires("candidature.read")], responses=problems(404))
async def judge(candidature_id: UUID, work: Work, within: Within, now: Now) -> VerdictView:
    """Compute the deadline verdict: on time, complete, eligible, and the evidence."""
    return VerdictView.of(await judge_deadline(JudgeDeadline(candidature_id, within, now), work))


@candidatures.post(
    "/{candidature_id}/submission",
    status_code=204,
    dependencies=[requires("candidature.submit")],
    responses=problems(404, 409, 422),
)
async def submit(candidature_id: UUID, work: Work, editor: Editing, response: Response) -> None:
    """Send the dossier, complete and before the closing."""
    etag(response, await submit_candidature(SubmitCandidature(candidature_id, editor), work))


@candidatures.post(
    "/{candidature_id}/reopening",
    status_code=204,
    dependencies=[requires("candidature.submit")],
    responses=problems(404, 409),
)
async def reopen(candidature_id: UUID, work: Work, editor: Editing, response: Response) -> None:
    """Take a sent dossier back to correct it, until the closing."""
    etag(response, await reopen_candidature(ReopenCandidature(candidature_id, editor), work))


@candidatures.post(
    "/{candidature_id}/withdrawal",
    status_code=204,
    dependencies=[requires("candidature.withdraw")],
    responses=problems(404, 409),
)
async def withdraw(candidature_id: UUID, work: Work, editor: Editing, response: Response) -> None:
    """Give up, before any decision."""
    etag(response, await withdraw_candidature(WithdrawCandidature(candidature_id, editor), work))


@candidatures.post(
    "/{candidature_id}/admission",
    dependencies=[requires("candidature.examine")],
    responses=problems(404, 409, 422),
)
async def examine(
    candidature_id: UUID, body: AdmissionBody, work: Work, within: Within, now: Now, response: Response
) -> VerdictView:
    """Admit a dossier, or turn it away and say why; answers the deadline verdict and its evidence."""
    command = ExamineCandidature(candidature_id, body.admitted, body.reasons, within, now)
    version, verdict = await examine_candidature(command, work)
    etag(response, version)
    return VerdictView.of(verdict)
