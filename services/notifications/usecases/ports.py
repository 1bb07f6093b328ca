"""What the use cases of this service need from the world."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from services.notifications.domain.audience import Addressee
from services.notifications.domain.contact import Contact
from services.notifications.domain.delivery import Delivery, Outcome
from services.notifications.domain.fact import Fact
from services.notifications.domain.letter import Letter, Mail
from services.notifications.domain.notification import Notification
from services.notifications.domain.plan import Plan
from services.notifications.usecases.read_models import DeliveryItem, FeedItem, InboxItem, Place
from shared.events.types import ContactFunction, FailureReason
from shared.kit.access import Scope
from shared.kit.ports import UnitOfWork


class Contacts(Protocol):
    """The directory."""

    async def hold(self) -> None:
        """Until the end of the transaction, nobody else plans or changes the directory: neither can miss the other."""
        ...

    async def get(self, contact_id: UUID) -> Contact | None:
        """One entry, or nothing if it is not known or was erased."""
        ...

    async def put(self, contact: Contact) -> None:
        """Add or replace an entry."""
        ...

    async def remove(self, contact_id: UUID) -> None:
        """Forget an entry; nothing happens if there is none."""
        ...

    async def meeting(self, addressee: Addressee) -> list[Contact]:
        """Those the addressee means, by identifier."""
        ...


class Plans(Protocol):
    """Who is to be told of what."""

    async def get(self, plan_id: UUID) -> Plan:
        """A plan; NotFound."""
        ...

    async def add(self, plan: Plan) -> None:
        """A new plan; nothing happens when this fact was planned for this addressee before."""
        ...

    async def save(self, plan: Plan) -> None:
        """Its new status."""
        ...

    async def concerning(self, contact: Contact, at: datetime) -> list[Plan]:
        """The plans still open whose addressee this contact is, oldest first."""
        ...


class Notifications(Protocol):
    """What is told to whom."""

    async def add_once(self, notification: Notification) -> None:
        """A new notification; nothing happens when this person was already told of this event by this channel."""
        ...

    async def get(self, notification_id: UUID, scope: Scope) -> Notification:
        """One, locked until the end of the transaction; NotFound outside the scope."""
        ...

    async def traceparent(self, notification_id: UUID) -> str | None:
        """The trace of what wrote it."""
        ...

    async def waiting(self, tick: datetime) -> bool:
        """Whether any is due, without taking it."""
        ...

    async def next_due(self, tick: datetime) -> Notification | None:
        """The most overdue one nobody is busy with, locked; also one whose sender let its lease run out."""
        ...

    async def to(self, contact_id: UUID) -> list[Notification]:
        """All those of a contact, locked."""
        ...

    async def save(self, notification: Notification) -> None:
        """Its new state."""
        ...


class Deliveries(Protocol):
    """Every attempt."""

    async def add(self, delivery: Delivery) -> None:
        """A new attempt."""
        ...

    async def get(self, notification_id: UUID, attempt: int) -> Delivery:
        """One attempt; NotFound."""
        ...

    async def of(self, notification_id: UUID) -> list[Delivery]:
        """The attempts of a notification, in order."""
        ...

    async def save(self, delivery: Delivery) -> None:
        """Its new state."""
        ...


class Feed(Protocol):
    """What partners may read, in the order in which it was heard."""

    async def append(self, event_id: UUID, cloudevent: Mapping[str, Any]) -> None:
        """Add an event at the next position, once; positions have no gap, and are seen in order."""
        ...


class Letters(Protocol):
    """How facts are told."""

    def compose(self, fact: Fact, contact: Contact) -> Letter:
        """The letter, always the same for the same fact and person."""
        ...


class Views(Protocol):
    """What the service shows."""

    async def inbox(
        self,
        scope: Scope,
        functions: Collection[ContactFunction],
        *,
        unread: bool,
        after: Place | None,
        limit: int,
    ) -> list[InboxItem]:
        """What was told to these functions of an organisation, newest first."""
        ...

    async def deliveries(self, status: str | None, *, after: Place | None, limit: int) -> list[DeliveryItem]:
        """Where every notification stands, and the plans that found nobody; newest first."""
        ...

    async def feed(self, *, after: int, limit: int) -> list[FeedItem]:
        """Public facts, from the position after this one."""
        ...


class Work(UnitOfWork, Protocol):
    """The transaction of this service."""

    @property
    def contacts(self) -> Contacts:
        """The directory."""
        ...

    @property
    def plans(self) -> Plans:
        """Who is to be told of what."""
        ...

    @property
    def notifications(self) -> Notifications:
        """What is told to whom."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """Every attempt."""
        ...

    @property
    def feed(self) -> Feed:
        """What partners may read."""
        ...

    @property
    def letters(self) -> Letters:
        """How facts are told."""
        ...

    @property
    def views(self) -> Views:
        """What can be read."""
        ...


class Begin(Protocol):
    """Starts transactions for work nobody asked for by hand."""

    def __call__(self, *, at: datetime, correlation_id: UUID | None = None, causation_id: UUID | None = None) -> Work:
        """A unit of work that follows from this chain of causes, or from none."""
        ...


class Undelivered(Exception):
    """The mail was not taken, or nobody knows: `reason` tells nothing of the person, `reply` may."""

    def __init__(self, outcome: Outcome, reason: FailureReason, reply: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.reply = reply


class Postman(Protocol):
    """Hands mails to the mail server."""

    async def send(self, mail: Mail) -> str:
        """Hand one over; the reply of the server, or Undelivered."""
        ...
