"""Record that the selection of a call has been announced."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class DecideCall:
    """The selection service says so."""

    call_id: UUID


async def decide_call(command: DecideCall, work: Work) -> None:
    """Close the story of the call."""
    async with work:
        call = await work.calls.get(command.call_id)
        await work.calls.save(call.decide())
