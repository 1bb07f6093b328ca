"""What the compacted topics of this service hold: the present state of every contact, for an empty broker."""

from collections.abc import AsyncIterator
from uuid import UUID

from services.candidature.store.contacts import contact_of
from shared.events.base import Event
from shared.kit.database import Connection


async def current_states(connection: Connection) -> AsyncIterator[tuple[UUID, Event]]:
    """Every contact that was not erased, inside the caller's transaction."""
    async for row in connection.cursor("SELECT * FROM contacts WHERE erased_at IS NULL ORDER BY id"):
        contact = contact_of(row)
        yield contact.id, contact.state()
