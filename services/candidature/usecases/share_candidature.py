"""Let the programme team read a draft, or no longer."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.usecases.editing import Editor, draft_of, keep
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class ShareCandidature:
    """The commune decides (R160)."""

    candidature_id: UUID
    shared: bool
    expected: int
    editor: Editor


async def share_candidature(command: ShareCandidature, work: Work) -> int:
    """Open the draft to the programme team, or close it; returns the new version."""
    async with work:
        before = await draft_of(command.candidature_id, command.editor, work)
        return await keep(before.share(command.shared), before, ("sharing",), command.editor, work, command.expected)
