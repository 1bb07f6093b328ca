"""The files of the dossiers, in the table `documents`; their bytes are in the document store, under `object_key`."""

from uuid import UUID

import asyncpg

from services.candidature.domain.document import Document, DocumentKind, ScanStatus
from shared.kit.database import Connection
from shared.kit.refusals import NotFound

# The first wait is longer than a scan may take; real time, since a scanner does not live in the sandbox.
_NEXT_TO_SCAN = """
UPDATE documents SET scan_attempts = scan_attempts + 1,
    next_scan_at = clock_timestamp() + least(45 * 2 ^ scan_attempts, 900) * interval '1 second'
WHERE id = (
    SELECT id FROM documents WHERE status = 'pending_scan' AND next_scan_at <= clock_timestamp()
    ORDER BY next_scan_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING *
"""


def document_of(row: asyncpg.Record) -> Document:
    """A file from its row."""
    return Document(
        id=row["id"],
        candidature_id=row["candidature_id"],
        kind=DocumentKind(row["kind"]),
        name=row["name"],
        media_type=row["media_type"],
        size=row["size"],
        sha256=row["sha256"],
        object_key=row["object_key"],
        uploaded_by=row["uploaded_by"],
        uploaded_at=row["uploaded_at"],
        status=ScanStatus(row["status"]),
        scanned_at=row["scanned_at"],
    )


class SqlDocuments:
    """The files of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, document: Document) -> None:
        """A new file."""
        await self._connection.execute(
            "INSERT INTO documents (id, candidature_id, kind, name, media_type, size, sha256, object_key, uploaded_by,"
            " uploaded_at, status, scanned_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            *(document.id, document.candidature_id, document.kind, document.name, document.media_type, document.size),
            *(document.sha256, document.object_key, document.uploaded_by, document.uploaded_at, document.status),
            document.scanned_at,
        )

    async def get(self, document_id: UUID) -> Document:
        """A file to change; NotFound."""
        row = await self._connection.fetchrow("SELECT * FROM documents WHERE id = $1 FOR UPDATE", document_id)
        if row is None:
            raise NotFound
        return document_of(row)

    async def save(self, document: Document) -> None:
        """A file the scanner has judged."""
        await self._connection.execute(
            "UPDATE documents SET status = $2, scanned_at = $3 WHERE id = $1",
            *(document.id, document.status, document.scanned_at),
        )

    async def remove(self, document_id: UUID) -> None:
        """A file taken out of its dossier."""
        await self._connection.execute("DELETE FROM documents WHERE id = $1", document_id)

    async def of(self, candidature_id: UUID) -> list[Document]:
        """The files of a dossier, oldest first."""
        rows = await self._connection.fetch(
            "SELECT * FROM documents WHERE candidature_id = $1 ORDER BY id", candidature_id
        )
        return [document_of(row) for row in rows]

    async def next_to_scan(self) -> Document | None:
        """The file that has waited longest, not offered again before a while that doubles at each attempt."""
        row = await self._connection.fetchrow(_NEXT_TO_SCAN)
        return document_of(row) if row else None
