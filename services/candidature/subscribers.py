"""What this service hears from the others, translated into its own use cases."""

from services.candidature.usecases.conclude_candidature import ConcludeCandidature, conclude_candidature
from services.candidature.usecases.conclude_proposal import ConcludeProposal, conclude_proposal
from services.candidature.usecases.decide_call import DecideCall, decide_call
from services.candidature.usecases.ports import Work
from shared.events.envelope import Envelope
from shared.events.selection import (
    AllocationAdopted,
    CommuneNotSelected,
    CommuneSelected,
    CommuneWaitlisted,
    ProjectAllocated,
    ProposalNotRetained,
    RoundAnnounced,
)
from shared.events.topics import SELECTION_EVENTS
from shared.events.types import Outcome
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers

subscribers: Subscribers[Work] = Subscribers(group="candidature")


@subscribers.on(SELECTION_EVENTS)
async def on_selection(message: Envelope, work: Work, clock: Clock) -> None:
    """What the committee, the Bureau and the jury have decided."""
    match message.data:
        case RoundAnnounced(call_id=call_id) | AllocationAdopted(call_id=call_id):
            await decide_call(DecideCall(call_id), work)
        case CommuneSelected() as decided:
            await _conclude(decided, Outcome.SELECTED, work)
        case CommuneWaitlisted() as decided:
            await _conclude(decided, Outcome.WAITLISTED, work)
        case CommuneNotSelected() as decided:
            await _conclude(decided, Outcome.NOT_SELECTED, work)
        case ProjectAllocated(proposal_id=proposal_id, commune=commune):
            await conclude_proposal(ConcludeProposal(proposal_id, commune), work)
        case ProposalNotRetained(proposal_id=proposal_id):
            await conclude_proposal(ConcludeProposal(proposal_id, None), work)
        case _:
            pass  # not for us, or newer than us


async def _conclude(
    decided: CommuneSelected | CommuneWaitlisted | CommuneNotSelected, outcome: Outcome, work: Work
) -> None:
    command = ConcludeCandidature(decided.candidature_id, outcome, decided.reasons, decided.announced_at)
    await conclude_candidature(command, work)
