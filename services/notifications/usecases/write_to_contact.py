"""Turn a plan into a notification for one contact."""

from datetime import datetime

from services.notifications.domain.contact import Contact
from services.notifications.domain.notification import Notification
from services.notifications.domain.plan import NOBODY_CAME, Plan, PlanStatus
from services.notifications.usecases.ports import Work


async def write_to_contact(plan: Plan, contact: Contact, work: Work, *, at: datetime) -> Plan:
    """Compose the letter, queue it once for this person, and mark the plan as addressed; returns the plan."""
    letter = work.letters.compose(plan.fact, contact)
    await work.notifications.add_once(Notification.of(plan, contact, letter, at=at))
    if plan.status is PlanStatus.AWAITING_CONTACT:
        await work.deadlines.cancel(plan.id, NOBODY_CAME)
    addressed = plan.address()
    await work.plans.save(addressed)
    return addressed
