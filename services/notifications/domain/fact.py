"""Something another service said, with what is needed to tell it on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.base import Event


@dataclass(frozen=True, slots=True)
class Fact:
    """An event that was heard: its identifier, its person-free content, when it happened, the chain it belongs to."""

    id: UUID
    event: Event
    occurred_at: datetime
    correlation_id: UUID
