"""The dossiers, in the table `candidatures`; who changed what in `candidature_changes`."""

from uuid import UUID

import asyncpg

from services.candidature.domain.candidature import Candidature, Status
from services.candidature.domain.dossier import Change
from services.candidature.domain.errors import AlreadyCandidate
from services.candidature.store.codecs import DOSSIER, VERDICT, to_json
from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.refusals import NotFound, Stale

# $1 is a dossier, $2 the owner of the scope. A draft nobody shared is the commune's alone (R160).
VISIBLE = """
SELECT * FROM candidatures
WHERE id = $1 AND (commune = $2 OR ($2::text IS NULL AND (submitted_at IS NOT NULL OR shared)))
"""


def candidature_of(row: asyncpg.Record) -> Candidature:
    """A dossier from its row."""
    return Candidature(
        id=row["id"],
        call_id=row["call_id"],
        edition=row["edition"],
        commune=row["commune"],
        questions_version=row["questions_version"],
        started_at=row["started_at"],
        status=Status(row["status"]),
        dossier=DOSSIER.validate_python(row["dossier"]),
        shared=row["shared"],
        submitted_at=row["submitted_at"],
        verdict=VERDICT.validate_python(row["verdict"]),
        reasons=tuple(row["reasons"]),
        version=row["version"],
    )


class SqlCandidatures:
    """The dossiers of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, candidature_id: UUID, scope: Scope) -> Candidature:
        """A dossier to change: nobody else changes it until the transaction ends; NotFound when not visible."""
        row = await self._connection.fetchrow(VISIBLE + " FOR UPDATE", candidature_id, scope.owner)
        if row is None:
            raise NotFound
        return candidature_of(row)

    async def call_of(self, candidature_id: UUID, scope: Scope) -> UUID:
        """The call a visible dossier answers, which never changes."""
        row = await self._connection.fetchrow(VISIBLE, candidature_id, scope.owner)
        if row is None:
            raise NotFound
        call_id: UUID = row["call_id"]
        return call_id

    async def add(self, candidature: Candidature) -> None:
        """A new dossier; AlreadyCandidate when the commune has one for this call."""
        added = await self._connection.fetchval(
            "INSERT INTO candidatures (id, call_id, edition, commune, status, questions_version, dossier, shared,"
            " started_at, submitted_at, verdict, reasons, version)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
            " ON CONFLICT (call_id, commune) DO NOTHING RETURNING id",
            *(candidature.id, candidature.call_id, candidature.edition, candidature.commune, candidature.status),
            *(candidature.questions_version, to_json(DOSSIER, candidature.dossier), candidature.shared),
            *(candidature.started_at, candidature.submitted_at, to_json(VERDICT, candidature.verdict)),
            *(list(candidature.reasons), candidature.version),
        )
        if added is None:
            raise AlreadyCandidate("Reprenez le dossier que votre commune a commencé.")

    async def save(self, candidature: Candidature) -> int:
        """A changed dossier; returns its new version; raises Stale."""
        version: int | None = await self._connection.fetchval(
            "UPDATE candidatures SET status = $3, dossier = $4, shared = $5, submitted_at = $6, verdict = $7,"
            " reasons = $8, version = version + 1 WHERE id = $1 AND version = $2 RETURNING version",
            *(candidature.id, candidature.version, candidature.status, to_json(DOSSIER, candidature.dossier)),
            *(candidature.shared, candidature.submitted_at, to_json(VERDICT, candidature.verdict)),
            list(candidature.reasons),
        )
        if version is None:
            raise Stale
        return version

    async def drafts_of(self, call_id: UUID) -> list[Candidature]:
        """The dossiers of a call that were never sent, to change."""
        rows = await self._connection.fetch(
            "SELECT * FROM candidatures WHERE call_id = $1 AND status = 'draft' ORDER BY id FOR UPDATE", call_id
        )
        return [candidature_of(row) for row in rows]

    async def received(self, call_id: UUID) -> int:
        """How many dossiers of a call were sent and not withdrawn."""
        count: int = await self._connection.fetchval(
            "SELECT count(*) FROM candidatures"
            " WHERE call_id = $1 AND submitted_at IS NOT NULL AND status <> 'withdrawn'",
            call_id,
        )
        return count

    async def record(self, change: Change) -> None:
        """Who changed what."""
        await self._connection.execute(
            "INSERT INTO candidature_changes (candidature_id, version, changed_at, actor, parts)"
            " VALUES ($1, $2, $3, $4, $5)",
            *(change.candidature_id, change.version, change.at, change.actor, list(change.parts)),
        )
