"""Tell what is missing in a dossier."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.domain.candidature import Candidature
from services.candidature.domain.completeness import Report, completeness
from services.candidature.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ReportCompleteness:
    """At any time, for whoever may see the dossier."""

    candidature_id: UUID
    scope: Scope


async def report_completeness(command: ReportCompleteness, work: Work) -> Report:
    """The report as of now."""
    async with work:
        candidature = await work.views.candidature(command.candidature_id, command.scope)
        call = await work.calls.read(candidature.call_id)
        return await report_on(candidature, call, work)


async def report_on(candidature: Candidature, call: Call, work: Work) -> Report:
    """The report on a dossier of this call, inside a unit of work that has begun."""
    questions = await work.calls.questions(call.id, candidature.questions_version)
    documents = await work.documents.of(candidature.id)
    return completeness(candidature.dossier, questions, call.terms.required_documents, documents)
