"""The directory, in the table `contacts`."""

from collections.abc import Collection
from uuid import UUID

import asyncpg

from services.candidature.domain.contact import Contact
from shared.events.types import ContactFunction, Locale
from shared.kit.database import Connection
from shared.kit.refusals import Stale


def contact_of(row: asyncpg.Record) -> Contact:
    """A contact from its row."""
    return Contact(
        id=row["id"],
        organisation=row["organisation"],
        function=ContactFunction(row["function"]),
        name=row["name"],
        email=row["email"],
        locale=Locale(row["locale"]),
        erased_at=row["erased_at"],
        version=row["version"],
    )


class SqlContacts:
    """The contacts of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, contact_id: UUID) -> Contact | None:
        """A contact to change, erased or not; None when the identifier is new."""
        row = await self._connection.fetchrow("SELECT * FROM contacts WHERE id = $1 FOR UPDATE", contact_id)
        return contact_of(row) if row else None

    async def add(self, contact: Contact) -> None:
        """A new contact; Stale when somebody else has just taken its identifier."""
        added = await self._connection.fetchval(
            "INSERT INTO contacts (id, organisation, function, name, email, locale, erased_at, version)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING id",
            *(contact.id, contact.organisation, contact.function, contact.name, contact.email, contact.locale),
            *(contact.erased_at, contact.version),
        )
        if added is None:
            raise Stale

    async def save(self, contact: Contact) -> int:
        """A changed contact; returns its new version; raises Stale."""
        version: int | None = await self._connection.fetchval(
            "UPDATE contacts SET organisation = $3, function = $4, name = $5, email = $6, locale = $7, erased_at = $8,"
            " version = version + 1 WHERE id = $1 AND version = $2 RETURNING version",
            *(contact.id, contact.version, contact.organisation, contact.function, contact.name, contact.email),
            *(contact.locale, contact.erased_at),
        )
        if version is None:
            raise Stale
        return version

    async def known(self, organisation: str, contact_ids: Collection[UUID]) -> set[UUID]:
        """Those of the identifiers that are contacts of this organisation, not erased."""
        rows = await self._connection.fetch(
            "SELECT id FROM contacts WHERE organisation = $1 AND id = ANY($2) AND erased_at IS NULL",
            *(organisation, list(contact_ids)),
        )
        return {row["id"] for row in rows}
