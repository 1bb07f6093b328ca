"""Give up a candidature."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.dossier import Change
from services.candidature.usecases.editing import Editor
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class WithdrawCandidature:
    """The commune no longer wants it."""

    candidature_id: UUID
    editor: Editor


async def withdraw_candidature(command: WithdrawCandidature, work: Work) -> int:
    """Withdraw it before a decision; returns its new version."""
    async with work:
        editor = command.editor
        candidature = await work.candidatures.get(command.candidature_id, editor.scope)
        withdrawn, event = candidature.withdraw(at=editor.at)
        version = await work.candidatures.save(withdrawn)
        await work.candidatures.record(Change(withdrawn.id, version, editor.at, editor.actor, ("withdrawal",)))
        await work.publish(withdrawn.id, event)
        return version
