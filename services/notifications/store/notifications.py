"""What is told to whom, in the table `notifications`."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.notifications.domain.errors import NotificationNotFound
from services.notifications.domain.letter import Letter
from services.notifications.domain.notification import Notification, Status
from shared.events.types import Channel, ContactFunction, FailureReason
from shared.kit.access import Scope
from shared.kit.database import Connection

_ADD = """
INSERT INTO notifications (id, plan_id, event_id, event_type, contact_id, organisation, function, channel,
    correlation_id, occurred_at, planned_at, subject, text, html, status, attempts, due_at, leased_until,
    settled_at, reason, read_at, traceparent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
ON CONFLICT DO NOTHING
"""
_SAVE = """
UPDATE notifications SET subject = $2, text = $3, html = $4, status = $5, attempts = $6, due_at = $7,
    leased_until = $8, settled_at = $9, reason = $10, read_at = $11 WHERE id = $1
"""
_QUEUE = "coalesce(due_at, leased_until, '-infinity')"
_DUE = f"FROM notifications WHERE status IN ('pending', 'sending') AND {_QUEUE} <= $1"
_NEXT_DUE = f"SELECT * {_DUE} ORDER BY {_QUEUE}, id LIMIT 1 FOR UPDATE SKIP LOCKED"


def _notification_of(row: asyncpg.Record) -> Notification:
    letter = None if row["text"] is None else Letter(row["subject"], row["text"], row["html"])
    return Notification(
        letter=letter,
        function=ContactFunction(row["function"]),
        channel=Channel(row["channel"]),
        status=Status(row["status"]),
        reason=None if row["reason"] is None else FailureReason(row["reason"]),
        **{name: row[name] for name in _PLAIN},
    )


_PLAIN = (
    *("id", "plan_id", "event_id", "event_type", "contact_id", "organisation", "correlation_id", "occurred_at"),
    *("planned_at", "attempts", "due_at", "leased_until", "settled_at", "read_at"),
)


class SqlNotifications:
    """The notifications of one transaction."""

    def __init__(self, connection: Connection, traceparent: str | None = None) -> None:
        self._connection = connection
        self._traceparent = traceparent

    async def add_once(self, notification: Notification) -> None:
        """A new notification; nothing happens when this person was already told of this event by this channel."""
        n = notification
        await self._connection.execute(
            _ADD,
            *(n.id, n.plan_id, n.event_id, n.event_type, n.contact_id, n.organisation, n.function, n.channel),
            *(n.correlation_id, n.occurred_at, n.planned_at, *_state(n), self._traceparent),
        )

    async def get(self, notification_id: UUID, scope: Scope) -> Notification:
        """One, locked until the end of the transaction; NotFound outside the scope."""
        row = await self._connection.fetchrow(
            "SELECT * FROM notifications WHERE id = $1 AND ($2::text IS NULL OR organisation = $2) FOR UPDATE",
            *(notification_id, scope.owner),
        )
        if row is None:
            raise NotificationNotFound
        return _notification_of(row)

    async def traceparent(self, notification_id: UUID) -> str | None:
        """The trace of what wrote it."""
        found: str | None = await self._connection.fetchval(
            "SELECT traceparent FROM notifications WHERE id = $1", notification_id
        )
        return found

    async def waiting(self, tick: datetime) -> bool:
        """Whether any is due, without taking it."""
        found: bool = await self._connection.fetchval(f"SELECT EXISTS (SELECT {_DUE})", tick)
        return found

    async def next_due(self, tick: datetime) -> Notification | None:
        """The most overdue one nobody is busy with, locked; also one whose sender let its lease run out."""
        row = await self._connection.fetchrow(_NEXT_DUE, tick)
        return None if row is None else _notification_of(row)

    async def to(self, contact_id: UUID) -> list[Notification]:
        """All those of a contact, locked."""
        rows = await self._connection.fetch(
            "SELECT * FROM notifications WHERE contact_id = $1 ORDER BY id FOR UPDATE", contact_id
        )
        return [_notification_of(row) for row in rows]

    async def save(self, notification: Notification) -> None:
        """Its new state."""
        await self._connection.execute(_SAVE, notification.id, *_state(notification))


def _state(n: Notification) -> tuple[object, ...]:
    subject, text, html = (n.letter.subject, n.letter.text, n.letter.html) if n.letter else (None, None, None)
    return subject, text, html, n.status, n.attempts, n.due_at, n.leased_until, n.settled_at, n.reason, n.read_at
