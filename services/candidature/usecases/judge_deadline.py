"""Judge a dossier on its deadline: at any time, and again later, from the same facts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.domain.candidature import Candidature
from services.candidature.domain.eligibility import is_member
from services.candidature.domain.verdict import Verdict, deadline_verdict
from services.candidature.usecases.ports import Work
from services.candidature.usecases.report_completeness import report_on
from shared.kit.access import Scope
from shared.kit.clock import date_in_paris


@dataclass(frozen=True, slots=True)
class JudgeDeadline:
    """For whoever may see the dossier."""

    candidature_id: UUID
    scope: Scope
    at: datetime


async def judge_deadline(command: JudgeDeadline, work: Work) -> Verdict:
    """The verdict as of now; nothing is kept."""
    async with work:
        candidature = await work.views.candidature(command.candidature_id, command.scope)
        call = await work.calls.read(candidature.call_id)
        return await verdict_on(candidature, call, command.at, work)


async def verdict_on(candidature: Candidature, call: Call, at: datetime, work: Work) -> Verdict:
    """The verdict on a dossier of this call, inside a unit of work that has begun."""
    return deadline_verdict(
        call,
        await report_on(candidature, call, work),
        commune=candidature.commune,
        submitted_at=candidature.submitted_at,
        is_member=is_member(candidature.commune, date_in_paris(call.terms.closes_at)),
        at=at,
    )
