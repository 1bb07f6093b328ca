"""Propose a sector no more."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.usecases.editing import Editor, draft_of, keep
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class DropSector:
    """A sector of the dossier."""

    candidature_id: UUID
    sector_id: UUID
    expected: int
    editor: Editor


async def drop_sector(command: DropSector, work: Work) -> int:
    """Take it out; returns the new version."""
    async with work:
        before = await draft_of(command.candidature_id, command.editor, work)
        edited = before.edit(before.dossier.without_sector(command.sector_id))
        return await keep(edited, before, (f"sectors.{command.sector_id}",), command.editor, work, command.expected)
