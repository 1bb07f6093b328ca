"""Count on the support of a partner no more."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.usecases.editing import Editor, draft_of, keep
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class DropSupport:
    """A support of the dossier."""

    candidature_id: UUID
    support_id: UUID
    expected: int
    editor: Editor


async def drop_support(command: DropSupport, work: Work) -> int:
    """Take it out; returns the new version."""
    async with work:
        before = await draft_of(command.candidature_id, command.editor, work)
        edited = before.edit(before.dossier.without_support(command.support_id))
        return await keep(edited, before, (f"supports.{command.support_id}",), command.editor, work, command.expected)
