"""What is shown in lists."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.call import CallStatus
from shared.events.types import CallKind


@dataclass(frozen=True, slots=True)
class CallSummary:
    """A call in a list."""

    id: UUID
    edition: int
    kind: CallKind
    wave: int | None
    title: str
    status: CallStatus
    opens_at: datetime
    closes_at: datetime
    version: int
