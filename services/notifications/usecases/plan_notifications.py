"""Decide who is to be told of a fact."""

from dataclasses import dataclass
from datetime import datetime

from services.notifications.domain.audience import audience_of
from services.notifications.domain.fact import Fact
from services.notifications.domain.plan import NOBODY_CAME, Plan
from services.notifications.usecases.ports import Work
from services.notifications.usecases.write_to_contact import write_to_contact


@dataclass(frozen=True, slots=True)
class PlanNotifications:
    """This fact was heard."""

    fact: Fact
    at: datetime


async def plan_notifications(command: PlanNotifications, work: Work) -> None:
    """One plan per function to tell; it waits, 72 hours at most, when the directory knows nobody for it yet."""
    addressees = audience_of(command.fact.event)
    if not addressees:
        return
    async with work:
        await work.contacts.hold()
        for addressee in addressees:
            plan = Plan.make(command.fact, addressee, at=command.at)
            await work.plans.add(plan)
            contacts = await work.contacts.meeting(addressee)
            if not contacts:
                await work.deadlines.set(plan.id, NOBODY_CAME, plan.open_until)
            for contact in contacts:
                plan = await write_to_contact(plan, contact, work, at=command.at)
