"""The inbox of an organisation in the application."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from services.notifications.api.deps import Work, after
from services.notifications.domain.inbox import readable
from services.notifications.usecases.read_models import InboxItem
from services.notifications.usecases.read_notification import ReadNotification, read_notification
from shared.events.types import ContactFunction
from shared.kit.api import Now, Page, Paging, View, Who, Within, problems, requires, router

notifications = router("/v1/notifications", tags=["Notifications"])


class NotificationView(View):
    """What was told to somebody of your organisation."""

    id: UUID
    event_id: Annotated[UUID, Field(description="L'événement dont il s'agit.")]
    event_type: Annotated[str, Field(examples=["commune-selected.v1"])]
    function: Annotated[ContactFunction, Field(description="La fonction de la personne destinataire.")]
    subject: Annotated[str, Field(examples=["Votre commune est lauréate"])]
    text: Annotated[str, Field(examples=["Bonjour,\n\nFélicitations !"])]
    occurred_at: datetime
    planned_at: datetime
    read_at: Annotated[datetime | None, Field(description="Première lecture dans l'application.")]

    @classmethod
    def of(cls, item: InboxItem) -> Self:
        """From the read model."""
        return cls(**{name: getattr(item, name) for name in cls.model_fields})


@notifications.get("", dependencies=[requires("notification.list")])
async def browse_notifications(
    work: Work,
    who: Who,
    within: Within,
    paging: Paging,
    unread: Annotated[bool, Query(description="Seulement celles que personne n'a lues.")] = False,
) -> Page[NotificationView]:
    """List what your organisation was told, in the functions your roles stand for, newest first."""
    async with work:
        rows = await work.views.inbox(
            within, readable(who.roles), unread=unread, after=after(paging), limit=paging.fetch
        )
    return paging.page(rows, NotificationView.of, lambda row: (row.planned_at.isoformat(), str(row.id)))


@notifications.post(
    "/{notification_id}/reading",
    status_code=204,
    dependencies=[requires("notification.read")],
    responses=problems(404),
)
async def mark_read(notification_id: UUID, work: Work, who: Who, within: Within, now: Now) -> None:
    """Mark a notification as read; doing it again changes nothing."""
    await read_notification(ReadNotification(notification_id, readable(who.roles), within, at=now), work)
