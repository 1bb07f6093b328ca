"""Let a candidature that was given up leave the examination of its call."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.errors import WithdrawnTooLate
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class WithdrawCandidature:
    """The candidature service says that the commune gave up."""

    call_id: UUID
    candidature_id: UUID
    at: datetime


async def withdraw_candidature(command: WithdrawCandidature, work: Work) -> None:
    """It is neither examined, recommended nor announced any more; one that was never admitted changes nothing."""
    async with work:
        round_ = await work.commune_rounds.of_call(command.call_id)
        left = await work.candidatures.withdraw(command.candidature_id, at=command.at)
        if left and round_ is not None and not round_.releases:
            raise WithdrawnTooLate
