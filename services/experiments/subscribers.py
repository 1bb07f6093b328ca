"""What this service hears from the others, translated into its own use cases."""

from datetime import datetime

from services.experiments.domain.agreement import Award
from services.experiments.domain.experiment import Allocation
from services.experiments.usecases.draft_agreement import DraftAgreement, draft_agreement
from services.experiments.usecases.plan_experiment import PlanExperiment, plan_experiment
from services.experiments.usecases.ports import Work
from shared.events.envelope import Envelope
from shared.events.selection import CommuneSelected, ProjectAllocated
from shared.events.topics import SELECTION_EVENTS
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers

subscribers: Subscribers[Work] = Subscribers(group="experiments")


@subscribers.on(SELECTION_EVENTS)
async def on_selection(message: Envelope, work: Work, clock: Clock) -> None:
    """The Bureau has selected communes, the jury has allocated projects to them."""
    match message.data:
        case CommuneSelected() as selected:
            await draft_agreement(_drafting(selected, await clock.now()), work)
        case ProjectAllocated() as allocated:
            await plan_experiment(_planning(allocated, await clock.now()), work)
        case _:
            pass  # not for us, or newer than us


def _drafting(event: CommuneSelected, at: datetime) -> DraftAgreement:
    award = Award(
        candidature_id=event.candidature_id,
        deliberation_number=event.deliberation_number,
        deliberation_date=event.deliberation_date,
        announced_at=event.announced_at,
    )
    return DraftAgreement(event.edition, event.commune, award, at)


def _planning(event: ProjectAllocated, at: datetime) -> PlanExperiment:
    allocation = Allocation(
        proposal_id=event.proposal_id,
        edition=event.edition,
        wave=event.wave,
        commune=event.commune,
        title=event.title,
        holder_id=event.holder_id,
    )
    return PlanExperiment(allocation, at)
