"""Save answers as they are typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.candidature.usecases.editing import Editor, draft_of, keep
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class SaveAnswers:
    """Some answers by the key of their question; None clears one."""

    candidature_id: UUID
    answers: Mapping[str, str | None]
    expected: int
    editor: Editor


async def save_answers(command: SaveAnswers, work: Work) -> int:
    """Merge them into the form (R136); returns the new version."""
    async with work:
        before = await draft_of(command.candidature_id, command.editor, work)
        questions = await work.calls.questions(before.call_id, before.questions_version)
        edited = before.edit(before.dossier.answer(command.answers, questions))
        parts = tuple(f"answers.{key}" for key in sorted(command.answers))
        return await keep(edited, before, parts, command.editor, work, command.expected)
