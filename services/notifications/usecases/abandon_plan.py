"""Put on record that nobody could be told."""

from dataclasses import dataclass
from uuid import UUID

from services.notifications.domain.plan import PlanStatus
from services.notifications.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class AbandonPlan:
    """The time of this plan is over."""

    plan_id: UUID


async def abandon_plan(command: AbandonPlan, work: Work) -> None:
    """A plan nobody came for is abandoned; one that found somebody is left as it is."""
    async with work:
        await work.contacts.hold()
        plan = await work.plans.get(command.plan_id)
        if plan.status is PlanStatus.AWAITING_CONTACT:
            await work.plans.save(plan.abandon())
