"""One attempt to hand a mail over, on the record whatever came of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Outcome(StrEnum):
    """What came of an attempt; `unknown` when the sender died or the server never answered."""

    STARTED = "started"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Attempt number `attempt` of a notification; the address and the server's reply are forgotten with the person."""

    notification_id: UUID
    attempt: int
    address: str | None
    started_at: datetime
    outcome: Outcome = Outcome.STARTED
    reply: str | None = None
    ended_at: datetime | None = None

    def end(self, outcome: Outcome, reply: str, *, at: datetime) -> "Delivery":
        """The attempt is over."""
        return replace(self, outcome=outcome, reply=reply[:500], ended_at=at)

    def forget(self) -> "Delivery":
        """The person is erased: whose mailbox it was is not kept."""
        return replace(self, address=None, reply=None)
