"""The terms of each edition, in the table `edition_terms`."""

from services.experiments.domain.month import Month
from services.experiments.domain.terms import EditionTerms
from services.experiments.store.codecs import PARTIES, to_json
from shared.kit.database import Connection
from shared.kit.refusals import Stale


class SqlEditions:
    """The terms of the editions, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, edition: int) -> EditionTerms:
        """Those decided, to change: nobody relies on them until the transaction ends; version 0 when none were."""
        return await self._locked("pg_advisory_xact_lock", edition)

    async def hold(self, edition: int) -> EditionTerms:
        """Those decided, to rely on: nobody changes them until the transaction ends."""
        return await self._locked("pg_advisory_xact_lock_shared", edition)

    async def save(self, terms: EditionTerms) -> int:
        """Decide them; returns the new version, or raises Stale."""
        version: int | None = await self._connection.fetchval(
            "INSERT INTO edition_terms (edition, institutions, ends_in, template, version)"
            " VALUES ($1, $2, $3, $4, $5 + 1) ON CONFLICT (edition)"
            " DO UPDATE SET institutions = $2, ends_in = $3, template = $4, version = $5 + 1"
            " WHERE edition_terms.version = $5 RETURNING version",
            *(terms.edition, to_json(PARTIES, terms.institutions)),
            *(str(terms.ends_in) if terms.ends_in else None, terms.template, terms.version),
        )
        if version is None:
            raise Stale
        return version

    async def _locked(self, lock: str, edition: int) -> EditionTerms:
        # Not the row: as long as nothing is decided there is none to lock. Lock, then read.
        await self._connection.execute(f"SELECT {lock}(hashtext('qmi:experiments:terms'), $1)", edition)
        return await terms_of(self._connection, edition)


async def terms_of(connection: Connection, edition: int) -> EditionTerms:
    """The terms of an edition as they are now; version 0 when none were decided."""
    row = await connection.fetchrow("SELECT * FROM edition_terms WHERE edition = $1", edition)
    if row is None:
        return EditionTerms(edition)
    return EditionTerms(
        edition=edition,
        institutions=PARTIES.validate_python(row["institutions"]),
        ends_in=Month.parse(row["ends_in"]) if row["ends_in"] else None,
        template=row["template"],
        version=row["version"],
    )
