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
    """Commencer le dossier de sa commune pour un appel ouvert."""
    created = Created(id=new_id())
    once.answers(work, created, version=1)
    commune = editor.scope.organisation or ""
    await start_candidature(StartCandidature(created.id, body.call_id, commune, editor), work)
    return created


@candidatures.get("", dependencies=[requires("candidature.read")])
async def browse(
    work: Work, within: Within, paging: Paging, call_id: UUID | None = None, status: Status | None = None
) -> Page[CandidatureSummaryView]:
    """Lister les dossiers : ceux de sa commune, ou tous les dossiers déposés ou partagés."""
    async with work:
        rows = await work.views.candidatures(
            within, call_id=call_id, status=status, after=after(paging), limit=paging.fetch
        )
    return paging.page(rows, CandidatureSummaryView.of, lambda row: (str(row.id),))


@candidatures.get("/{candidature_id}", dependencies=[requires("candidature.read")], responses=problems(404))
async def show(candidature_id: UUID, work: Work, within: Within, response: Response) -> CandidatureView:
    """Consulter un dossier."""
    async with work:
        candidature = await work.views.candidature(candidature_id, within)
    etag(response, candidature.version)
    return CandidatureView.of(candidature)


@candidatures.get("/{candidature_id}/changes", dependencies=[requires("candidature.read")], responses=problems(404))
async def history(candidature_id: UUID, work: Work, within: Within, paging: Paging) -> Page[ChangeView]:
    """Savoir qui a modifié quoi, du plus récent au plus ancien."""
    number = int(paging.after[0]) if paging.after else None
    async with work:
        rows = await work.views.changes(candidature_id, within, after=number, limit=paging.fetch)
    return paging.page(rows, ChangeView.of, lambda row: (row.number,))


@candidatures.get(
    "/{candidature_id}/completeness", dependencies=[requires("candidature.read")], responses=problems(404)
)
async def check(candidature_id: UUID, work: Work, within: Within) -> ReportView:
    """Savoir ce qui manque au dossier, règle par règle, et comment y remédier."""
    return ReportView.of(await report_completeness(ReportCompleteness(candidature_id, within), work))


@candidatures.get("/{candidature_id}/verdict", dependencies=[requires("candidature.read")], responses=problems(404))
async def judge(candidature_id: UUID, work: Work, within: Within, now: Now) -> VerdictView:
    """Calculer le verdict d'échéance : dans les délais, complet, éligible, et les preuves."""
    return VerdictView.of(await judge_deadline(JudgeDeadline(candidature_id, within, now), work))


@candidatures.post(
    "/{candidature_id}/submission",
    status_code=204,
    dependencies=[requires("candidature.submit")],
    responses=problems(404, 409, 422),
)
async def submit(candidature_id: UUID, work: Work, editor: Editing, response: Response) -> None:
    """Déposer le dossier, complet et avant la clôture."""
    etag(response, await submit_candidature(SubmitCandidature(candidature_id, editor), work))


@candidatures.post(
    "/{candidature_id}/reopening",
    status_code=204,
    dependencies=[requires("candidature.submit")],
    responses=problems(404, 409),
)
async def reopen(candidature_id: UUID, work: Work, editor: Editing, response: Response) -> None:
    """Reprendre un dossier déposé pour le corriger, jusqu'à la clôture."""
    etag(response, await reopen_candidature(ReopenCandidature(candidature_id, editor), work))


@candidatures.post(
    "/{candidature_id}/withdrawal",
    status_code=204,
    dependencies=[requires("candidature.withdraw")],
    responses=problems(404, 409),
)
async def withdraw(candidature_id: UUID, work: Work, editor: Editing, response: Response) -> None:
    """Retirer sa candidature, avant toute décision."""
    etag(response, await withdraw_candidature(WithdrawCandidature(candidature_id, editor), work))


@candidatures.post(
    "/{candidature_id}/admission",
    dependencies=[requires("candidature.examine")],
    responses=problems(404, 409, 422),
)
async def examine(
    candidature_id: UUID, body: AdmissionBody, work: Work, within: Within, now: Now, response: Response
) -> VerdictView:
    """Déclarer le dossier recevable, ou non et pourquoi ; rend le verdict d'échéance et ses preuves."""
    command = ExamineCandidature(candidature_id, body.admitted, body.reasons, within, now)
    version, verdict = await examine_candidature(command, work)
    etag(response, version)
    return VerdictView.of(verdict)
