"""Close a call when its time has come."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.usecases.ports import Work
from shared.events.types import CallKind


@dataclass(frozen=True, slots=True)
class CloseCall:
    """The clock says so."""

    call_id: UUID


async def close_call(command: CloseCall, work: Work) -> None:
    """Tell everybody how many dossiers or proposals came in; the drafts lapse."""
    async with work:
        call = await work.calls.get(command.call_id)
        to_communes = call.terms.kind is CallKind.EXPRESSION_OF_INTEREST
        received = work.candidatures.received if to_communes else work.proposals.received
        closed, event = call.close(submitted=await received(call.id))
        await work.calls.save(closed)
        await work.publish(call.id, event)
        await _lapse_drafts(call, work)


async def _lapse_drafts(call: Call, work: Work) -> None:
    for draft in await work.candidatures.drafts_of(call.id):
        lapsed, event = draft.lapse(at=call.terms.closes_at)
        await work.candidatures.save(lapsed)
        await work.publish(lapsed.id, event)
