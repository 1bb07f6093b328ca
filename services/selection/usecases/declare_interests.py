"""Say of a candidature whether one is in conflict with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.declaration import Declaration
from services.selection.usecases.ports import Work
from shared.events.selection import ConflictDeclared


@dataclass(frozen=True, slots=True)
class DeclareInterests:
    """What a member declares of one candidature."""

    round_id: UUID
    candidature_id: UUID
    member_id: UUID
    conflict: bool
    reason: str | None
    at: datetime


async def declare_interests(command: DeclareInterests, work: Work) -> Declaration:
    """Keep what is said; a conflict, declared or evident, is also told."""
    async with work:
        round_ = await work.commune_rounds.get(command.round_id)
        candidature = await work.candidatures.get(round_.call_id, command.candidature_id)
        said = await work.declarations.get(round_.id, candidature.id, command.member_id)
        interests = round_.interests(command.member_id, candidature, said)
        declaration = round_.declare(interests, conflict=command.conflict, reason=command.reason, at=command.at)
        if declaration == said:
            return declaration
        await work.declarations.save(declaration)
        if declaration.blocks and not (said and said.blocks):
            await work.publish(round_.id, _told(declaration))
        return declaration


def _told(declaration: Declaration) -> ConflictDeclared:
    return ConflictDeclared(
        round_id=declaration.round_id,
        candidature_id=declaration.file_id,
        member_id=declaration.member_id,
        declared_at=declaration.declared_at,
    )
