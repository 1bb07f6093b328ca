"""Open the scores to the committee."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.seat import Caller
from services.selection.usecases.examination_of import examination_of
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class UnsealScores:
    """The chair, or the programme team."""

    round_id: UUID
    caller: Caller
    reason: str | None
    at: datetime


async def unseal_scores(command: UnsealScores, work: Work) -> None:
    """Once all reviews are in; before that, only the chair, with a reason."""
    async with work:
        round_ = await work.commune_rounds.get(command.round_id)
        missing = (await examination_of(round_, work)).missing
        by = command.caller.decider(round_.panel)
        round_, event = round_.unseal(by=by, missing=missing, reason=command.reason, at=command.at)
        await work.commune_rounds.save(round_)
        await work.publish(round_.id, event)
