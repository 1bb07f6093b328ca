"""Record the decision that was announced on a dossier."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.usecases.ports import Work
from shared.events.types import Outcome
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ConcludeCandidature:
    """What the selection service has announced."""

    candidature_id: UUID
    outcome: Outcome
    reasons: tuple[str, ...]
    announced_at: datetime


async def conclude_candidature(command: ConcludeCandidature, work: Work) -> None:
    """Give the dossier its outcome."""
    async with work:
        candidature = await work.candidatures.get(command.candidature_id, Scope.everything())
        concluded, event = candidature.conclude(command.outcome, command.reasons, at=command.announced_at)
        await work.candidatures.save(concluded)
        await work.publish(concluded.id, event)
