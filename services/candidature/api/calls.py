"""Calls: prepared and published by the programme team, read by everybody."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.candidature.api.call_models import CallBody, CallPatch, QuestionsBody
from services.candidature.api.call_views import CallSummaryView, CallView
from services.candidature.api.deps import Work, after
from services.candidature.usecases.ask_questions import AskQuestions, ask_questions
from services.candidature.usecases.draft_call import DraftCall, draft_call
from services.candidature.usecases.publish_call import PublishCall, publish_call
from services.candidature.usecases.revise_call import ReviseCall, revise_call
from shared.kit.api import Created, IfMatch, Now, Once, Page, Paging, Within, etag, problems, requires, router
from shared.kit.identity import new_id

calls = router("/v1/calls", tags=["Appels"])


@calls.post("", status_code=201, dependencies=[requires("call.draft")], responses=problems(409))
async def draft(body: CallBody, work: Work, once: Once) -> Created:
    """Prepare a call that only the programme team sees."""
    created = Created(id=new_id())
    once.answers(work, created, version=1)
    questions = tuple(each.question() for each in body.questions) if body.questions else None
    await draft_call(DraftCall(created.id, body.terms(), questions), work)
    return created


@calls.get("", dependencies=[requires("call.read")])
async def browse(
    work: Work, within: Within, paging: Paging, edition: Annotated[int | None, Query(ge=1, le=1_000)] = None
) -> Page[CallSummaryView]:
    """List the calls, the latest first."""
    async with work:
        rows = await work.views.calls(within, edition=edition, after=after(paging), limit=paging.fetch)
    return paging.page(rows, CallSummaryView.of, lambda row: (str(row.id),))


@calls.get("/{call_id}", dependencies=[requires("call.read")], responses=problems(404))
async def show(call_id: UUID, work: Work, within: Within, response: Response) -> CallView:
    """Show a call, with its terms and its questions."""
    async with work:
        call = await work.views.call(call_id, within)
    etag(response, call.version)
    return CallView.of(call)


@calls.patch(
    "/{call_id}", status_code=204, dependencies=[requires("call.revise")], responses=problems(404, 409, 412, 428)
)
async def revise(call_id: UUID, body: CallPatch, expected: IfMatch, work: Work, response: Response) -> None:
    """Change a call that is still a draft."""
    etag(response, await revise_call(ReviseCall(call_id, expected, body.changes()), work))


@calls.put(
    "/{call_id}/questions",
    status_code=204,
    dependencies=[requires("call.revise")],
    responses=problems(404, 409, 412, 428),
)
async def ask(call_id: UUID, body: QuestionsBody, expected: IfMatch, work: Work, response: Response) -> None:
    """Ask other questions; dossiers already started keep theirs."""
    questions = tuple(each.question() for each in body.questions)
    etag(response, await ask_questions(AskQuestions(call_id, expected, questions), work))


@calls.post(
    "/{call_id}/publication", status_code=204, dependencies=[requires("call.publish")], responses=problems(404, 409)
)
async def publish(call_id: UUID, work: Work, now: Now, response: Response) -> None:
    """Publish a call; it opens and closes at the dates announced."""
    etag(response, await publish_call(PublishCall(call_id, at=now), work))
