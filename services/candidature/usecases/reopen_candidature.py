"""Take a sent dossier back."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.dossier import Change
from services.candidature.usecases.editing import Editor
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class ReopenCandidature:
    """The commune wants to correct it."""

    candidature_id: UUID
    editor: Editor


async def reopen_candidature(command: ReopenCandidature, work: Work) -> int:
    """Make it a draft again, until the deadline; returns its new version."""
    async with work:
        editor = command.editor
        call = await work.calls.hold(await work.candidatures.call_of(command.candidature_id, editor.scope))
        candidature = await work.candidatures.get(command.candidature_id, editor.scope)
        reopened, event = candidature.reopen(call, at=editor.at)
        version = await work.candidatures.save(reopened)
        await work.candidatures.record(Change(reopened.id, version, editor.at, editor.actor, ("reopening",)))
        await work.publish(reopened.id, event)
        return version
