"""What the deadlines of this service set off."""

from collections.abc import Mapping

from services.experiments.domain.agreement import DUE, EXPIRE
from services.experiments.usecases.expire_agreement import ExpireAgreement, expire_agreement
from services.experiments.usecases.ports import Work
from services.experiments.usecases.record_lapse import RecordLapse, record_lapse
from shared.kit.clock import Clock
from shared.kit.deadlines import Deadline, DeadlineHandler


async def on_agreement_due(deadline: Deadline, work: Work, clock: Clock) -> None:
    """The month in which an agreement was to be signed has passed."""
    await record_lapse(RecordLapse(deadline.aggregate_id), work)


async def on_agreement_expire(deadline: Deadline, work: Work, clock: Clock) -> None:
    """The month in which an agreement ends is over."""
    await expire_agreement(ExpireAgreement(deadline.aggregate_id, at=await clock.now()), work)


CLOCKS: Mapping[str, DeadlineHandler[Work]] = {DUE: on_agreement_due, EXPIRE: on_agreement_expire}
