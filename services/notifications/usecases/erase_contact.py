"""Forget a person everywhere in this service."""

from dataclasses import dataclass
from uuid import UUID

from services.notifications.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class EraseContact:
    """This contact is to be forgotten."""

    contact_id: UUID


async def erase_contact(command: EraseContact, work: Work) -> None:
    """Remove the entry, what was written to the person and the mailboxes on record; only opaque identifiers stay."""
    async with work:
        await work.contacts.hold()
        await work.contacts.remove(command.contact_id)
        for notification in await work.notifications.to(command.contact_id):
            await work.notifications.save(notification.forget())
            for delivery in await work.deliveries.of(notification.id):
                await work.deliveries.save(delivery.forget())
