"""Take the present state of a contact into the directory."""

from dataclasses import dataclass
from datetime import datetime

from services.notifications.domain.contact import Contact
from services.notifications.usecases.ports import Work
from services.notifications.usecases.write_to_contact import write_to_contact


@dataclass(frozen=True, slots=True)
class UpdateContact:
    """The contact is now this."""

    contact: Contact
    at: datetime


async def update_contact(command: UpdateContact, work: Work) -> None:
    """Add or replace the entry, and tell this person what was planned for the function and is not too old."""
    async with work:
        await work.contacts.hold()
        await work.contacts.put(command.contact)
        for plan in await work.plans.concerning(command.contact, command.at):
            await write_to_contact(plan, command.contact, work, at=command.at)
