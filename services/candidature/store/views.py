"""What the service shows, read in one query each."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.candidature.domain.call import Call, CallStatus
from services.candidature.domain.candidature import Candidature, Status
from services.candidature.domain.contact import Contact
from services.candidature.domain.document import Document
from services.candidature.domain.dossier import Change
from services.candidature.domain.proposal import Origin, Proposal, ProposalStatus
from services.candidature.store import candidatures, proposals
from services.candidature.store.calls import SELECT, call_of
from services.candidature.store.candidatures import candidature_of
from services.candidature.store.contacts import contact_of
from services.candidature.store.documents import document_of
from services.candidature.store.proposals import proposal_of
from services.candidature.usecases.read_models import CallSummary, CandidatureSummary, NumberedChange, ProposalSummary
from shared.events.types import CallKind
from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.refusals import NotFound

# In each list: $1 the owner of the scope, $2 the identifier after which to go on, $3 the limit.
_CALLS = """
SELECT id, edition, kind, wave, terms->>'title' AS title, status, opens_at, closes_at, version FROM calls
WHERE ($1::text IS NULL OR status <> 'draft') AND ($2::uuid IS NULL OR id < $2)
AND ($4::int IS NULL OR edition = $4) ORDER BY id DESC LIMIT $3
"""
_CANDIDATURES = """
SELECT id, call_id, edition, commune, status, shared, started_at, submitted_at, version FROM candidatures
WHERE (commune = $1 OR ($1::text IS NULL AND (submitted_at IS NOT NULL OR shared))) AND ($2::uuid IS NULL OR id < $2)
AND ($4::uuid IS NULL OR call_id = $4) AND ($5::text IS NULL OR status = $5) ORDER BY id DESC LIMIT $3
"""
_PROPOSALS = """
SELECT id, call_id, edition, wave, organisation, pitch->>'title' AS title, status, origin, commune, submitted_at,
    version
FROM proposals
WHERE (organisation = $1 OR ($1::text IS NULL AND submitted_at IS NOT NULL)) AND ($2::uuid IS NULL OR id < $2)
AND ($4::uuid IS NULL OR call_id = $4) AND ($5::text IS NULL OR status = $5) ORDER BY id DESC LIMIT $3
"""
_CONTACT = "SELECT * FROM contacts WHERE id = $1 AND erased_at IS NULL AND ($2::text IS NULL OR organisation = $2)"
_CONTACTS = """
SELECT * FROM contacts WHERE erased_at IS NULL AND ($1::text IS NULL OR organisation = $1)
AND ($2::uuid IS NULL OR id < $2) AND ($4::text IS NULL OR organisation = $4) ORDER BY id DESC LIMIT $3
"""


class SqlViews:
    """The readings of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def call(self, call_id: UUID, scope: Scope) -> Call:
        """One call; a draft is for the programme team alone."""
        visible = "calls.id = $1 AND ($2::text IS NULL OR status <> 'draft')"
        return call_of(await self._one(f"{SELECT} WHERE {visible}", call_id, scope.owner))

    async def calls(self, scope: Scope, *, edition: int | None, after: UUID | None, limit: int) -> list[CallSummary]:
        """The calls, of one edition or of all."""
        rows = await self._connection.fetch(_CALLS, scope.owner, after, limit, edition)
        return [CallSummary(**_typed(row, kind=CallKind, status=CallStatus)) for row in rows]

    async def candidature(self, candidature_id: UUID, scope: Scope) -> Candidature:
        """One dossier."""
        return candidature_of(await self._one(candidatures.VISIBLE, candidature_id, scope.owner))

    async def candidatures(
        self, scope: Scope, *, call_id: UUID | None, status: Status | None, after: UUID | None, limit: int
    ) -> list[CandidatureSummary]:
        """The dossiers."""
        rows = await self._connection.fetch(_CANDIDATURES, scope.owner, after, limit, call_id, status)
        return [CandidatureSummary(**_typed(row, status=Status)) for row in rows]

    async def changes(
        self, candidature_id: UUID, scope: Scope, *, after: int | None, limit: int
    ) -> list[NumberedChange]:
        """Who changed what in one dossier."""
        await self._require_visible(candidature_id, scope)
        rows = await self._connection.fetch(
            "SELECT * FROM candidature_changes WHERE candidature_id = $1 AND ($2::bigint IS NULL OR id < $2)"
            " ORDER BY id DESC LIMIT $3",
            *(candidature_id, after, limit),
        )
        return [
            NumberedChange(
                row["id"],
                Change(candidature_id, row["version"], row["changed_at"], row["actor"], tuple(row["parts"])),
            )
            for row in rows
        ]

    async def documents(self, candidature_id: UUID, scope: Scope) -> list[Document]:
        """The files of one dossier, oldest first."""
        await self._require_visible(candidature_id, scope)
        rows = await self._connection.fetch(
            "SELECT * FROM documents WHERE candidature_id = $1 ORDER BY id", candidature_id
        )
        return [document_of(row) for row in rows]

    async def document(self, candidature_id: UUID, document_id: UUID, scope: Scope) -> Document:
        """One file of one dossier."""
        await self._require_visible(candidature_id, scope)
        sql = "SELECT * FROM documents WHERE candidature_id = $1 AND id = $2"
        return document_of(await self._one(sql, candidature_id, document_id))

    async def proposal(self, proposal_id: UUID, scope: Scope) -> Proposal:
        """One proposal."""
        return proposal_of(await self._one(proposals.VISIBLE, proposal_id, scope.owner))

    async def proposals(
        self, scope: Scope, *, call_id: UUID | None, status: ProposalStatus | None, after: UUID | None, limit: int
    ) -> list[ProposalSummary]:
        """The proposals."""
        rows = await self._connection.fetch(_PROPOSALS, scope.owner, after, limit, call_id, status)
        return [ProposalSummary(**_typed(row, status=ProposalStatus, origin=Origin)) for row in rows]

    async def contact(self, contact_id: UUID, scope: Scope) -> Contact:
        """One contact, not erased."""
        return contact_of(await self._one(_CONTACT, contact_id, scope.owner))

    async def contacts(
        self, scope: Scope, *, organisation: str | None, after: UUID | None, limit: int
    ) -> list[Contact]:
        """The contacts, not erased."""
        rows: Sequence[Any] = await self._connection.fetch(_CONTACTS, scope.owner, after, limit, organisation)
        return [contact_of(row) for row in rows]

    async def _require_visible(self, candidature_id: UUID, scope: Scope) -> None:
        await self._one(candidatures.VISIBLE, candidature_id, scope.owner)

    async def _one(self, sql: str, *values: object) -> asyncpg.Record:
        row = await self._connection.fetchrow(sql, *values)
        if row is None:
            raise NotFound
        return row


def _typed(row: asyncpg.Record, **types: Any) -> dict[str, Any]:
    """The columns of a row by name, some of them as the enumerations they are."""
    return {**row, **{name: kind(row[name]) for name, kind in types.items()}}
