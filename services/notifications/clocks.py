"""What the deadlines of this service set off."""

from collections.abc import Mapping

from services.notifications.domain.plan import NOBODY_CAME
from services.notifications.usecases.abandon_plan import AbandonPlan, abandon_plan
from services.notifications.usecases.ports import Work
from shared.kit.clock import Clock
from shared.kit.deadlines import Deadline, DeadlineHandler


async def on_nobody_came(deadline: Deadline, work: Work, clock: Clock) -> None:
    """The time a plan may wait for a contact is over."""
    await abandon_plan(AbandonPlan(deadline.aggregate_id), work)


CLOCKS: Mapping[str, DeadlineHandler[Work]] = {NOBODY_CAME: on_nobody_came}
