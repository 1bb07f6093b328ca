"""What the service shows, read in one query each."""

from uuid import UUID

from services.candidature.domain.call import Call, CallStatus
from services.candidature.store.calls import SELECT, call_of
from services.candidature.usecases.read_models import CallSummary
from shared.events.types import CallKind
from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.refusals import NotFound


class SqlViews:
    """The readings of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def call(self, call_id: UUID, scope: Scope) -> Call:
        """One call; a draft is for the programme team alone."""
        row = await self._connection.fetchrow(
            f"{SELECT} WHERE calls.id = $1 AND (status <> 'draft' OR $2)", call_id, scope.unlimited
        )
        if row is None:
            raise NotFound
        return call_of(row)

    async def calls(self, scope: Scope, *, edition: int | None, after: UUID | None, limit: int) -> list[CallSummary]:
        """Calls by identifier, newest first, after the one given."""
        rows = await self._connection.fetch(
            "SELECT id, edition, kind, wave, terms->>'title' AS title, status, opens_at, closes_at, version FROM calls"
            " WHERE (status <> 'draft' OR $1) AND ($2::int IS NULL OR edition = $2) AND ($3::uuid IS NULL OR id < $3)"
            " ORDER BY id DESC LIMIT $4",
            *(scope.unlimited, edition, after, limit),
        )
        return [
            CallSummary(
                id=row["id"],
                edition=row["edition"],
                kind=CallKind(row["kind"]),
                wave=row["wave"],
                title=row["title"],
                status=CallStatus(row["status"]),
                opens_at=row["opens_at"],
                closes_at=row["closes_at"],
                version=row["version"],
            )
            for row in rows
        ]
