"""Open a call when its time has come."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class OpenCall:
    """The clock says so."""

    call_id: UUID


async def open_call(command: OpenCall, work: Work) -> None:
    """Tell everybody that dossiers may be sent."""
    async with work:
        call = await work.calls.get(command.call_id)
        call, event = call.open()
        await work.calls.save(call)
        await work.publish(call.id, event)
