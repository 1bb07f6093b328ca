"""Who is to be told of what, in the table `plans`."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.notifications.domain.audience import Addressee
from services.notifications.domain.contact import Contact
from services.notifications.domain.fact import Fact
from services.notifications.domain.plan import Plan, PlanStatus
from shared.events.base import CE_TYPE_PREFIX
from shared.events.registry import EVENTS
from shared.events.types import ContactFunction
from shared.kit.database import Connection
from shared.kit.refusals import NotFound


def _plan_of(row: asyncpg.Record) -> Plan:
    event = EVENTS[CE_TYPE_PREFIX + row["event_type"]].model_validate(row["event"])
    return Plan(
        id=row["id"],
        fact=Fact(row["event_id"], event, row["occurred_at"], row["correlation_id"]),
        addressee=Addressee(row["organisation"], ContactFunction(row["function"])),
        status=PlanStatus(row["status"]),
        planned_at=row["planned_at"],
        open_until=row["open_until"],
    )


class SqlPlans:
    """The plans of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, plan_id: UUID) -> Plan:
        """A plan; NotFound."""
        row = await self._connection.fetchrow("SELECT * FROM plans WHERE id = $1", plan_id)
        if row is None:
            raise NotFound
        return _plan_of(row)

    async def add(self, plan: Plan) -> None:
        """A new plan; nothing happens when this fact was planned for this addressee before."""
        fact, addressee = plan.fact, plan.addressee
        await self._connection.execute(
            "INSERT INTO plans (id, event_id, event_type, event, occurred_at, correlation_id, organisation, function,"
            " status, planned_at, open_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " ON CONFLICT DO NOTHING",
            *(plan.id, fact.id, fact.event.event_type, fact.event.model_dump(mode="json"), fact.occurred_at),
            *(fact.correlation_id, addressee.organisation, addressee.function, plan.status),
            *(plan.planned_at, plan.open_until),
        )

    async def save(self, plan: Plan) -> None:
        """Its new status."""
        await self._connection.execute("UPDATE plans SET status = $2 WHERE id = $1", plan.id, plan.status)

    async def concerning(self, contact: Contact, at: datetime) -> list[Plan]:
        """The plans still open whose addressee this contact is, oldest first."""
        rows = await self._connection.fetch(
            "SELECT * FROM plans WHERE function = $1 AND (organisation IS NULL OR organisation = $2)"
            " AND open_until >= $3 AND status <> 'abandoned' ORDER BY planned_at, id",
            *(contact.function, contact.organisation, at),
        )
        return [_plan_of(row) for row in rows]
