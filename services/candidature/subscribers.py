"""What this service hears from the others, translated into its own use cases."""

from services.candidature.store.unit_of_work import SqlWork
from services.candidature.usecases.decide_call import DecideCall, decide_call
from shared.events.envelope import Envelope
from shared.events.selection import AllocationAdopted, RoundAnnounced
from shared.events.topics import SELECTION_EVENTS
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers

subscribers: Subscribers[SqlWork] = Subscribers(group="candidature")


@subscribers.on(SELECTION_EVENTS)
async def on_selection(message: Envelope, work: SqlWork, clock: Clock) -> None:
    """What the committee, the Bureau and the jury have decided."""
    match message.data:
        case RoundAnnounced(call_id=call_id) | AllocationAdopted(call_id=call_id):
            await decide_call(DecideCall(call_id), work)
        case _:
            pass  # not for us, or newer than us
