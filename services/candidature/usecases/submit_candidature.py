"""Send a dossier."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.dossier import Change
from services.candidature.usecases.editing import Editor
from services.candidature.usecases.ports import Work
from services.candidature.usecases.report_completeness import report_on


@dataclass(frozen=True, slots=True)
class SubmitCandidature:
    """Explicit, final until reopened (R135)."""

    candidature_id: UUID
    editor: Editor


async def submit_candidature(command: SubmitCandidature, work: Work) -> int:
    """Send a complete dossier in time; returns its new version. The call cannot close in between."""
    async with work:
        editor = command.editor
        call = await work.calls.hold(await work.candidatures.call_of(command.candidature_id, editor.scope))
        candidature = await work.candidatures.get(command.candidature_id, editor.scope)
        report = await report_on(candidature, call, work)
        submitted, event = candidature.submit(call, report, at=editor.at)
        version = await work.candidatures.save(submitted)
        await work.candidatures.record(Change(submitted.id, version, editor.at, editor.actor, ("submission",)))
        await work.publish(submitted.id, event)
        return version
