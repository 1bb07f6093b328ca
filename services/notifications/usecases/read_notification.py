"""Mark a notification as read in the application."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.domain.errors import NotificationNotFound
from services.notifications.usecases.ports import Work
from shared.events.types import ContactFunction
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ReadNotification:
    """Somebody within this scope, who reads the letters to these functions, has read it."""

    notification_id: UUID
    functions: frozenset[ContactFunction]
    scope: Scope
    at: datetime


async def read_notification(command: ReadNotification, work: Work) -> None:
    """The first reading is kept; reading again changes nothing."""
    async with work:
        notification = await work.notifications.get(command.notification_id, command.scope)
        if notification.function not in command.functions:
            raise NotificationNotFound
        await work.notifications.save(notification.read(at=command.at))
