"""One fact told to one person by one channel: planned, sent with patience, or given up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from services.notifications.domain.backoff import MOST_ATTEMPTS, wait_after
from services.notifications.domain.contact import Contact
from services.notifications.domain.letter import Letter
from services.notifications.domain.plan import Plan
from shared.events.notifications import NotificationFailed, NotificationSent
from shared.events.types import Channel, ContactFunction, FailureReason
from shared.kit.identity import derived_id
from shared.kit.refusals import InvalidState


class Status(StrEnum):
    """Where a notification stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


# Sending leads back to sending when a sender died: its lease is over and nobody knows whether the mail left.
# Pending leads to sent when a sender, given up for dead, reports that its mail left after all.
TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.PENDING: frozenset({Status.SENDING, Status.SENT, Status.CANCELLED}),
        Status.SENDING: frozenset({Status.SENDING, Status.SENT, Status.PENDING, Status.FAILED, Status.CANCELLED}),
        Status.SENT: frozenset(),
        Status.FAILED: frozenset(),
        Status.CANCELLED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class Notification:
    """The state of a notification; `reason` tells nothing of the person.

    `due_at` and `leased_until` are instants of the machine, which no sandbox moves; the others are the programme's.
    """

    id: UUID
    plan_id: UUID
    event_id: UUID
    event_type: str
    contact_id: UUID
    organisation: str
    function: ContactFunction
    channel: Channel
    letter: Letter | None
    status: Status
    correlation_id: UUID
    occurred_at: datetime
    planned_at: datetime
    attempts: int = 0
    due_at: datetime | None = None
    leased_until: datetime | None = None
    settled_at: datetime | None = None
    reason: FailureReason | None = None
    read_at: datetime | None = None

    @classmethod
    def of(cls, plan: Plan, contact: Contact, letter: Letter, *, at: datetime) -> "Notification":
        """The e-mail of a planned fact to a contact: one per event, person and channel, always the same identifier."""
        return cls(
            id=derived_id("notification", plan.fact.id, contact.id, Channel.EMAIL),
            plan_id=plan.id,
            event_id=plan.fact.id,
            event_type=plan.fact.event.event_type,
            contact_id=contact.id,
            organisation=contact.organisation,
            function=contact.function,
            channel=Channel.EMAIL,
            letter=letter,
            status=Status.PENDING,
            correlation_id=plan.fact.correlation_id,
            occurred_at=plan.fact.occurred_at,
            planned_at=at,
        )

    def claim(self, *, tick: datetime, lease: timedelta) -> "Notification":
        """Begin an attempt: nobody else will before the lease is over."""
        claimed = self._become(Status.SENDING)
        return replace(claimed, attempts=self.attempts + 1, leased_until=tick + lease, due_at=None)

    @property
    def exhausted(self) -> bool:
        """Whether all attempts are used up."""
        return self.attempts >= MOST_ATTEMPTS

    def accept(self, *, at: datetime) -> tuple["Notification", NotificationSent]:
        """The mail server has taken it."""
        sent = replace(self._become(Status.SENT), settled_at=at, leased_until=None, due_at=None, reason=None)
        return sent, NotificationSent(
            notification_id=self.id,
            event_id=self.event_id,
            about_type=self.event_type,
            contact_id=self.contact_id,
            channel=self.channel,
            sent_at=at,
        )

    def postpone(self, reason: FailureReason, *, tick: datetime, luck: float) -> "Notification":
        """It did not leave for now: back in the queue, later and later."""
        due_at = tick + wait_after(self.attempts, luck)
        return replace(self._become(Status.PENDING), due_at=due_at, leased_until=None, reason=reason)

    def give_up(self, reason: FailureReason, *, at: datetime) -> tuple["Notification", NotificationFailed]:
        """It will never leave: refused for good, or tried often enough."""
        failed = replace(self._become(Status.FAILED), settled_at=at, leased_until=None, reason=reason)
        return failed, NotificationFailed(
            notification_id=self.id,
            event_id=self.event_id,
            about_type=self.event_type,
            contact_id=self.contact_id,
            channel=self.channel,
            reason=reason,
            attempts=self.attempts,
            failed_at=at,
        )

    def forget(self) -> "Notification":
        """The person is erased: nothing written to them is kept, and what had not left never will."""
        waiting = self.status in (Status.PENDING, Status.SENDING)
        forgotten = self._become(Status.CANCELLED) if waiting else self
        return replace(forgotten, letter=None, due_at=None, leased_until=None)

    def read(self, *, at: datetime) -> "Notification":
        """Somebody of the organisation has read it in the application; the first reading counts."""
        return self if self.read_at else replace(self, read_at=at)

    def _become(self, status: Status) -> "Notification":
        if status not in TRANSITIONS[self.status]:
            raise InvalidState(self.status, sorted(TRANSITIONS[self.status]))
        return replace(self, status=status)
