"""The directory, in the table `contacts`."""

from uuid import UUID

import asyncpg

from services.notifications.domain.audience import Addressee
from services.notifications.domain.contact import Contact
from shared.events.types import ContactFunction, Locale
from shared.kit.database import Connection

# One at a time: a plan and the contact it is for never miss each other, and feed positions are seen in order.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('qmi:notifications:hearing'))"


def _contact_of(row: asyncpg.Record) -> Contact:
    return Contact(
        id=row["id"],
        organisation=row["organisation"],
        function=ContactFunction(row["function"]),
        name=row["name"],
        email=row["email"],
        locale=Locale(row["locale"]),
    )


class SqlContacts:
    """The contacts of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(self) -> None:
        """Until the end of the transaction, nobody else plans or changes the directory: neither can miss the other."""
        await self._connection.execute(ONE_AT_A_TIME)

    async def get(self, contact_id: UUID) -> Contact | None:
        """One entry, or nothing if it is not known or was erased."""
        row = await self._connection.fetchrow("SELECT * FROM contacts WHERE id = $1", contact_id)
        return None if row is None else _contact_of(row)

    async def put(self, contact: Contact) -> None:
        """Add or replace an entry."""
        await self._connection.execute(
            "INSERT INTO contacts (id, organisation, function, name, email, locale) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation, function = excluded.function,"
            " name = excluded.name, email = excluded.email, locale = excluded.locale, updated_at = clock_timestamp()",
            *(contact.id, contact.organisation, contact.function, contact.name, contact.email, contact.locale),
        )

    async def remove(self, contact_id: UUID) -> None:
        """Forget an entry; nothing happens if there is none."""
        await self._connection.execute("DELETE FROM contacts WHERE id = $1", contact_id)

    async def meeting(self, addressee: Addressee) -> list[Contact]:
        """Those the addressee means, by identifier."""
        rows = await self._connection.fetch(
            "SELECT * FROM contacts WHERE function = $1 AND ($2::text IS NULL OR organisation = $2) ORDER BY id",
            *(addressee.function, addressee.organisation),
        )
        return [_contact_of(row) for row in rows]
