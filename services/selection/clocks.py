"""What the deadlines of this service set off."""

from collections.abc import Mapping

from services.selection.domain.commune_round import ANNOUNCE
from services.selection.usecases.announce_round import AnnounceRound, announce_round
from services.selection.usecases.ports import Work
from shared.kit.clock import Clock
from shared.kit.deadlines import Deadline, DeadlineHandler


async def on_announcement(deadline: Deadline, work: Work, clock: Clock) -> None:
    """The embargo of a round ends."""
    await announce_round(AnnounceRound(deadline.aggregate_id, at=await clock.now()), work)


CLOCKS: Mapping[str, DeadlineHandler[Work]] = {ANNOUNCE: on_announcement}
