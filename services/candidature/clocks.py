"""What the deadlines of this service set off."""

from collections.abc import Mapping

from services.candidature.domain.call import CLOSE, OPEN
from services.candidature.usecases.close_call import CloseCall, close_call
from services.candidature.usecases.open_call import OpenCall, open_call
from services.candidature.usecases.ports import Work
from shared.kit.clock import Clock
from shared.kit.deadlines import Deadline, DeadlineHandler


async def on_call_open(deadline: Deadline, work: Work, clock: Clock) -> None:
    """The opening date of a call has come."""
    await open_call(OpenCall(deadline.aggregate_id), work)


async def on_call_close(deadline: Deadline, work: Work, clock: Clock) -> None:
    """The closing date of a call has passed."""
    await close_call(CloseCall(deadline.aggregate_id), work)


CLOCKS: Mapping[str, DeadlineHandler[Work]] = {OPEN: on_call_open, CLOSE: on_call_close}
