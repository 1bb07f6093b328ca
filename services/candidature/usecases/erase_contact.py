"""Forget a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.usecases.ports import Work
from shared.kit.access import Scope
from shared.kit.refusals import NotFound


@dataclass(frozen=True, slots=True)
class EraseContact:
    """Of one's own organisation, or any for the programme team."""

    contact_id: UUID
    scope: Scope
    at: datetime


async def erase_contact(command: EraseContact, work: Work) -> None:
    """Erase name and address here, and everywhere by a tombstone."""
    async with work:
        contact = await work.contacts.find(command.contact_id)
        if contact is None or not command.scope.includes(contact.organisation):
            raise NotFound
        erased, event = contact.erase(at=command.at)
        await work.contacts.save(erased)
        await work.publish_state(erased.id, event)
        await work.record("contact.erased", erased.id, {"organisation": erased.organisation})
