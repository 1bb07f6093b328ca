"""Prepare a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.domain.questions import COMMUNE_QUESTIONS, Question, QuestionSet
from services.candidature.domain.terms import Terms
from services.candidature.usecases.ports import Work
from shared.events.types import CallKind


@dataclass(frozen=True, slots=True)
class DraftCall:
    """`questions` None asks a commune the usual questions, and an innovator none."""

    id: UUID
    terms: Terms
    questions: Sequence[Question] | None = None


async def draft_call(command: DraftCall, work: Work) -> None:
    """Keep a draft that only the programme team sees."""
    call = Call.draft(command.id, command.terms, QuestionSet(1, tuple(_asked(command))))
    async with work:
        await work.calls.add(call)


def _asked(command: DraftCall) -> Sequence[Question]:
    if command.questions is not None:
        return command.questions
    return COMMUNE_QUESTIONS if command.terms.kind is CallKind.EXPRESSION_OF_INTEREST else ()
