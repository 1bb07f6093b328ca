"""Lift the conflict of a member with a candidature."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.usecases.ports import Work
from shared.events.selection import ConflictLifted
from shared.kit.refusals import NotFound


@dataclass(frozen=True, slots=True)
class LiftConflict:
    """What the chair decides, and why."""

    round_id: UUID
    candidature_id: UUID
    member_id: UUID
    by: UUID
    reason: str
    at: datetime


async def lift_conflict(command: LiftConflict, work: Work) -> None:
    """The member may read and score again; the reason stays on the record."""
    async with work:
        round_ = await work.commune_rounds.get(command.round_id)
        round_.require_chair(command.by)
        if not round_.panel.includes(command.member_id):
            raise NotFound("Cette personne ne siège pas dans ce comité.")
        candidature = await work.candidatures.get(round_.call_id, command.candidature_id)
        said = await work.declarations.get(round_.id, candidature.id, command.member_id)
        interests = round_.interests(command.member_id, candidature, said)
        lifted = round_.lift(interests, by=command.by, reason=command.reason, at=command.at)
        await work.declarations.save(lifted)
        event = ConflictLifted(
            round_id=round_.id, candidature_id=candidature.id, member_id=command.member_id, lifted_at=command.at
        )
        await work.publish(round_.id, event)
        await work.record("conflict.lift", candidature.id, {"member": str(command.member_id), "reason": command.reason})
