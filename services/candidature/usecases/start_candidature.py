"""Begin the dossier of a commune."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.candidature import Candidature
from services.candidature.domain.dossier import Change
from services.candidature.usecases.editing import Editor
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class StartCandidature:
    """`commune` is the organisation of the one who asks."""

    id: UUID
    call_id: UUID
    commune: str
    editor: Editor


async def start_candidature(command: StartCandidature, work: Work) -> None:
    """Open a draft for a member commune, once per call; membership counts on the closing date."""
    async with work:
        call = await work.calls.hold(command.call_id)
        at = command.editor.at
        started, event = Candidature.start(command.id, call, commune=command.commune, at=at)
        await work.candidatures.add(started)
        await work.candidatures.record(Change(started.id, 1, at, command.editor.actor, ("start",)))
        await work.publish(started.id, event)
