"""Propose a sector, or describe it anew."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.dossier import Sector
from services.candidature.usecases.editing import Editor, draft_of, keep
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class DescribeSector:
    """A sector of the commune, with its sheet."""

    candidature_id: UUID
    sector: Sector
    expected: int
    editor: Editor


async def describe_sector(command: DescribeSector, work: Work) -> int:
    """Keep it in the dossier; returns the new version."""
    async with work:
        before = await draft_of(command.candidature_id, command.editor, work)
        edited = before.edit(before.dossier.with_sector(command.sector))
        return await keep(edited, before, (f"sectors.{command.sector.id}",), command.editor, work, command.expected)
