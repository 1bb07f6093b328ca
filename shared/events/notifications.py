"""What the notifications service says: who was told of what, by opaque ids."""

from typing import ClassVar
from uuid import UUID

from .base import Event
from .types import AwareDatetime, Channel, FailureReason, Label, Rank


class NotificationEvent(Event):
    """A fact about one notification of one event to one contact."""

    emitter: ClassVar[str] = "notifications"
    subject_field: ClassVar[str] = "notification_id"

    notification_id: UUID
    event_id: UUID
    about_type: Label
    contact_id: UUID
    channel: Channel


class NotificationSent(NotificationEvent):
    """The message has left for its reader."""

    event_type = "notification-sent.v1"

    sent_at: AwareDatetime


class NotificationFailed(NotificationEvent):
    """The message could not be delivered after all its attempts."""

    event_type = "notification-failed.v1"

    reason: FailureReason
    attempts: Rank
    failed_at: AwareDatetime
