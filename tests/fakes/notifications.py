"""The store of the notifications service in memory, and a postman."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.notifications.domain.audience import Addressee
from services.notifications.domain.contact import Contact
from services.notifications.domain.delivery import Delivery
from services.notifications.domain.errors import NotificationNotFound
from services.notifications.domain.fact import Fact
from services.notifications.domain.letter import Letter, Mail
from services.notifications.domain.notification import Notification, Status
from services.notifications.domain.plan import Plan, PlanStatus
from services.notifications.usecases.ports import Undelivered
from services.notifications.usecases.read_models import DeliveryItem, FeedItem, InboxItem, Place
from shared.events.types import ContactFunction
from shared.kit.access import Scope
from shared.kit.refusals import NotFound
from tests.fakes.kit import MemoryStore, MemoryWork, found

_EPOCH = datetime.min.replace(tzinfo=UTC)


@dataclass
class Store(MemoryStore):
    """What outlives a transaction."""

    contacts: dict[UUID, Contact] = field(default_factory=dict)
    plans: dict[UUID, Plan] = field(default_factory=dict)
    notifications: dict[UUID, Notification] = field(default_factory=dict)
    deliveries: dict[tuple[UUID, int], Delivery] = field(default_factory=dict)
    feed: dict[UUID, FeedItem] = field(default_factory=dict)
    chain: list[tuple[UUID | None, UUID | None]] = field(default_factory=list)


class FakeContacts:
    """The directory."""

    def __init__(self, store: Store) -> None:
        self._rows = store.contacts

    async def hold(self) -> None:
        """Nobody else is there."""

    async def get(self, contact_id: UUID) -> Contact | None:
        return self._rows.get(contact_id)

    async def put(self, contact: Contact) -> None:
        self._rows[contact.id] = contact

    async def remove(self, contact_id: UUID) -> None:
        self._rows.pop(contact_id, None)

    async def meeting(self, addressee: Addressee) -> list[Contact]:
        return sorted((c for c in self._rows.values() if addressee.is_met_by(c)), key=lambda c: c.id)


class FakePlans:
    """The plans."""

    def __init__(self, store: Store) -> None:
        self._rows = store.plans

    async def get(self, plan_id: UUID) -> Plan:
        return found(self._rows, plan_id)

    async def add(self, plan: Plan) -> None:
        self._rows.setdefault(plan.id, plan)

    async def save(self, plan: Plan) -> None:
        self._rows[plan.id] = plan

    async def concerning(self, contact: Contact, at: datetime) -> list[Plan]:
        open_ones = [plan for plan in self._rows.values() if plan.concerns(contact, at=at)]
        return sorted(open_ones, key=lambda plan: (plan.planned_at, plan.id))


class FakeNotifications:
    """The notifications."""

    def __init__(self, store: Store) -> None:
        self._rows = store.notifications

    async def add_once(self, notification: Notification) -> None:
        told = {(n.event_id, n.contact_id, n.channel) for n in self._rows.values()}
        if (notification.event_id, notification.contact_id, notification.channel) not in told:
            self._rows[notification.id] = notification

    async def get(self, notification_id: UUID, scope: Scope) -> Notification:
        notification = self._rows.get(notification_id)
        if notification is None or not scope.includes(notification.organisation):
            raise NotificationNotFound
        return notification

    async def traceparent(self, notification_id: UUID) -> str | None:
        return None

    async def waiting(self, tick: datetime) -> bool:
        return await self.next_due(tick) is not None

    async def next_due(self, tick: datetime) -> Notification | None:
        active = [n for n in self._rows.values() if n.status in (Status.PENDING, Status.SENDING)]
        due = [n for n in active if _turn(n) <= tick]
        return min(due, key=lambda n: (_turn(n), n.id), default=None)

    async def to(self, contact_id: UUID) -> list[Notification]:
        return sorted((n for n in self._rows.values() if n.contact_id == contact_id), key=lambda n: n.id)

    async def save(self, notification: Notification) -> None:
        self._rows[notification.id] = notification


def _turn(notification: Notification) -> datetime:
    return notification.due_at or notification.leased_until or _EPOCH


class FakeDeliveries:
    """The attempts."""

    def __init__(self, store: Store) -> None:
        self._rows = store.deliveries

    async def add(self, delivery: Delivery) -> None:
        self._rows[delivery.notification_id, delivery.attempt] = delivery

    async def get(self, notification_id: UUID, attempt: int) -> Delivery:
        if (notification_id, attempt) not in self._rows:
            raise NotFound
        return self._rows[notification_id, attempt]

    async def of(self, notification_id: UUID) -> list[Delivery]:
        mine = (d for d in self._rows.values() if d.notification_id == notification_id)
        return sorted(mine, key=lambda d: d.attempt)

    async def save(self, delivery: Delivery) -> None:
        self._rows[delivery.notification_id, delivery.attempt] = delivery


class FakeFeed:
    """The feed."""

    def __init__(self, store: Store) -> None:
        self._rows = store.feed

    async def append(self, event_id: UUID, cloudevent: Mapping[str, Any]) -> None:
        self._rows.setdefault(event_id, FeedItem(len(self._rows) + 1, dict(cloudevent)))


class FakeViews:
    """What can be read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def inbox(
        self,
        scope: Scope,
        functions: Collection[ContactFunction],
        *,
        unread: bool,
        after: Place | None,
        limit: int,
    ) -> list[InboxItem]:
        items = [
            InboxItem(
                *(n.id, n.event_id, n.event_type, n.function, n.letter.subject, n.letter.text),
                *(n.occurred_at, n.planned_at, n.read_at),
            )
            for n in self._store.notifications.values()
            if n.letter and scope.includes(n.organisation) and not (unread and n.read_at)
            if n.function in functions
        ]
        return _newest(items, after, limit)

    async def deliveries(self, status: str | None, *, after: Place | None, limit: int) -> list[DeliveryItem]:
        items = [_of_plan(p) for p in self._store.plans.values() if p.status is not PlanStatus.ADDRESSED]
        for n in self._store.notifications.values():
            items.append(_of_notification(n, self._store.deliveries.get((n.id, n.attempts))))
        return _newest([item for item in items if status in (None, item.status)], after, limit)

    async def feed(self, *, after: int, limit: int) -> list[FeedItem]:
        items = sorted(self._store.feed.values(), key=lambda item: item.position)
        return [item for item in items if item.position > after][:limit]


def _of_plan(p: Plan) -> DeliveryItem:
    who = p.addressee
    return DeliveryItem(
        *(p.id, p.fact.id, p.fact.event.event_type, who.organisation, who.function, None, str(p.status)),
        *(0, None, None, None, p.planned_at),
    )


def _of_notification(n: Notification, last: Delivery | None) -> DeliveryItem:
    return DeliveryItem(
        *(n.id, n.event_id, n.event_type, n.organisation, n.function, n.contact_id, str(n.status), n.attempts),
        *(last.address if last else None, n.reason, last.started_at if last else None, n.planned_at),
    )


def _newest(items: list[Any], after: Place | None, limit: int) -> list[Any]:
    ordered = sorted(items, key=lambda item: (item.planned_at, item.id), reverse=True)
    return [item for item in ordered if after is None or (item.planned_at, item.id) < after][:limit]


class FakeLetters:
    """Always the same words."""

    def compose(self, fact: Fact, contact: Contact) -> Letter:
        return Letter(fact.event.event_type, f"Bonjour {contact.name},\n", "<p>Bonjour,</p>")


class FakeWork(MemoryWork[Store]):
    """A unit of work of the service on a store in memory."""

    def __init__(self, store: Store | None = None) -> None:
        super().__init__(store or Store())
        self.contacts = FakeContacts(self.store)
        self.plans = FakePlans(self.store)
        self.notifications = FakeNotifications(self.store)
        self.deliveries = FakeDeliveries(self.store)
        self.feed = FakeFeed(self.store)
        self.letters = FakeLetters()
        self.views = FakeViews(self.store)


class Beginner:
    """Starts units of work on one store; remembers the chains of causes they were given."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __call__(
        self, *, at: datetime, correlation_id: UUID | None = None, causation_id: UUID | None = None
    ) -> FakeWork:
        self.store.chain.append((correlation_id, causation_id))
        return FakeWork(self.store)


class Crash(BaseException):
    """The process dies here: nothing after this line happens, in no handler."""


class FakePostman:
    """Takes every mail, or fails as told, one failure per attempt."""

    def __init__(self, *failures: Undelivered | Crash | None, dies_after_taking: bool = False) -> None:
        self.taken: list[Mail] = []
        self._failures = list(failures)
        self._dies_after_taking = dies_after_taking

    async def send(self, mail: Mail) -> str:
        failure = self._failures.pop(0) if self._failures else None
        if failure is not None:
            raise failure
        self.taken.append(mail)
        if self._dies_after_taking:
            self._dies_after_taking = False
            raise Crash
        return "2.0.0 Ok"
