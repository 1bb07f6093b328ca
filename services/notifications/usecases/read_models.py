"""What is shown in lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.types import ContactFunction, FailureReason

# Where a page of a list ordered by time ended.
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A notification as its organisation reads it in the application."""

    id: UUID
    event_id: UUID
    event_type: str
    function: ContactFunction
    subject: str
    text: str
    occurred_at: datetime
    planned_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryItem:
    """Where the telling of a fact stands; without contact, it is a plan that found nobody yet, or never did."""

    id: UUID
    event_id: UUID
    event_type: str
    organisation: str | None
    function: ContactFunction
    contact_id: UUID | None
    status: str
    attempts: int
    address: str | None
    reason: FailureReason | None
    last_attempt_at: datetime | None
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A public fact at its position."""

    position: int
    cloudevent: Mapping[str, Any]
