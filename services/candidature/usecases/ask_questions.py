"""Ask other questions in a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.questions import Question
from services.candidature.usecases.ports import Work
from shared.kit.expectation import expect


@dataclass(frozen=True, slots=True)
class AskQuestions:
    """Dossiers already started keep the questions they started with."""

    call_id: UUID
    expected: int
    questions: Sequence[Question]


async def ask_questions(command: AskQuestions, work: Work) -> int:
    """Keep a new version of the questions; returns the new version of the call."""
    async with work:
        call = await work.calls.get(command.call_id)
        expect(command.expected, of=call)
        asked = call.ask(call.questions.followed_by(command.questions))
        return await work.calls.save(asked)
