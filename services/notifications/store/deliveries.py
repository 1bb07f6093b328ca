"""Every attempt, in the table `deliveries`."""

from uuid import UUID

import asyncpg

from services.notifications.domain.delivery import Delivery, Outcome
from shared.kit.database import Connection
from shared.kit.refusals import NotFound


def _delivery_of(row: asyncpg.Record) -> Delivery:
    return Delivery(
        notification_id=row["notification_id"],
        attempt=row["attempt"],
        address=row["address"],
        started_at=row["started_at"],
        outcome=Outcome(row["outcome"]),
        reply=row["reply"],
        ended_at=row["ended_at"],
    )


class SqlDeliveries:
    """The attempts of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, delivery: Delivery) -> None:
        """A new attempt."""
        d = delivery
        await self._connection.execute(
            "INSERT INTO deliveries (notification_id, attempt, address, started_at, outcome, reply, ended_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *(d.notification_id, d.attempt, d.address, d.started_at, d.outcome, d.reply, d.ended_at),
        )

    async def get(self, notification_id: UUID, attempt: int) -> Delivery:
        """One attempt; NotFound."""
        row = await self._connection.fetchrow(
            "SELECT * FROM deliveries WHERE notification_id = $1 AND attempt = $2", notification_id, attempt
        )
        if row is None:
            raise NotFound
        return _delivery_of(row)

    async def of(self, notification_id: UUID) -> list[Delivery]:
        """The attempts of a notification, in order."""
        rows = await self._connection.fetch(
            "SELECT * FROM deliveries WHERE notification_id = $1 ORDER BY attempt", notification_id
        )
        return [_delivery_of(row) for row in rows]

    async def save(self, delivery: Delivery) -> None:
        """Its new state."""
        d = delivery
        await self._connection.execute(
            "UPDATE deliveries SET address = $3, outcome = $4, reply = $5, ended_at = $6"
            " WHERE notification_id = $1 AND attempt = $2",
            *(d.notification_id, d.attempt, d.address, d.outcome, d.reply, d.ended_at),
        )
