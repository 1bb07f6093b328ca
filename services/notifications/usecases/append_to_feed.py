"""Let partners read a public fact."""

from dataclasses import dataclass

from services.notifications.domain.cloudevent import public_cloudevent
from services.notifications.usecases.ports import Work
from shared.events.envelope import Envelope


@dataclass(frozen=True, slots=True)
class AppendToFeed:
    """This event was heard."""

    message: Envelope


async def append_to_feed(command: AppendToFeed, work: Work) -> None:
    """The public face of the event, if it has one, takes the next position of the feed."""
    cloudevent = public_cloudevent(command.message)
    if cloudevent is None:
        return
    async with work:
        await work.feed.append(command.message.id, cloudevent)
