"""What the service shows, read in one query each."""

from collections.abc import Collection

import orjson

from services.notifications.usecases.read_models import DeliveryItem, FeedItem, InboxItem, Place
from shared.events.types import ContactFunction, FailureReason
from shared.kit.access import Scope
from shared.kit.database import Connection

_INBOX = """
SELECT id, event_id, event_type, function, subject, text, occurred_at, planned_at, read_at FROM notifications
WHERE text IS NOT NULL AND ($1::text IS NULL OR organisation = $1) AND (read_at IS NULL OR NOT $2)
    AND function = ANY($6::text[])
    AND ($3::timestamptz IS NULL OR (planned_at, id) < ($3, $4::uuid))
ORDER BY planned_at DESC, id DESC LIMIT $5
"""
_DELIVERIES = """
SELECT * FROM (
    SELECT id, event_id, event_type, organisation, function, NULL::uuid AS contact_id, status, 0 AS attempts,
        NULL AS address, NULL AS reason, NULL::timestamptz AS last_attempt_at, planned_at
    FROM plans WHERE status <> 'addressed'
    UNION ALL
    SELECT id, event_id, event_type, organisation, function, contact_id, status, attempts, d.address, reason,
        d.started_at, planned_at
    FROM notifications LEFT JOIN deliveries AS d ON d.notification_id = id AND d.attempt = attempts
) AS told
WHERE ($1::text IS NULL OR status = $1) AND ($2::timestamptz IS NULL OR (planned_at, id) < ($2, $3::uuid))
ORDER BY planned_at DESC, id DESC LIMIT $4
"""


class SqlViews:
    """The readings of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        rows = await self._connection.fetch(
            _INBOX, scope.owner, unread, *(after or (None, None)), limit, sorted(functions)
        )
        return [InboxItem(**{**row, "function": ContactFunction(row["function"])}) for row in rows]

    async def deliveries(self, status: str | None, *, after: Place | None, limit: int) -> list[DeliveryItem]:
        """Where every notification stands, and the plans that found nobody; newest first."""
        rows = await self._connection.fetch(_DELIVERIES, status, *(after or (None, None)), limit)
        return [
            DeliveryItem(
                **{
                    **row,
                    "function": ContactFunction(row["function"]),
                    "reason": None if row["reason"] is None else FailureReason(row["reason"]),
                }
            )
            for row in rows
        ]

    async def feed(self, *, after: int, limit: int) -> list[FeedItem]:
        """Public facts, from the position after this one."""
        rows = await self._connection.fetch(
            "SELECT position, cloudevent FROM feed WHERE position > $1 ORDER BY position LIMIT $2", after, limit
        )
        return [FeedItem(row["position"], orjson.loads(row["cloudevent"])) for row in rows]
