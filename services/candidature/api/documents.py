"""The files of a dossier: streamed in, kept in quarantine, given out when clean."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Header, Query
from fastapi.responses import StreamingResponse

from services.candidature.api.deps import Editing, Work
from services.candidature.domain.document import Document, DocumentKind, ScanStatus
from services.candidature.usecases.add_document import AddDocument, add_document, expect_document
from services.candidature.usecases.editing import Editor
from services.candidature.usecases.remove_document import RemoveDocument, remove_document
from shared.kit.api import Created, Documents, Once, Page, Upload, View, Within, problems, requires, router
from shared.kit.api.problems import ProblemError
from shared.kit.api.uploads import UploadedFile, display_name
from shared.kit.database import UNREACHABLE
from shared.kit.documents import StoredObject
from shared.kit.identity import new_id

documents = router("/v1/candidatures/{candidature_id}/documents", tags=["Documents"])

LARGEST = 20 * 1024 * 1024
_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([^:]*):")
_DIGEST = "sha-256=:uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=:"


class DocumentView(View):
    """A file; `name` is only for display."""

    id: UUID
    kind: DocumentKind
    name: str
    media_type: str
    size: int
    sha256: str
    status: ScanStatus
    uploaded_at: datetime

    @classmethod
    def of(cls, document: Document) -> "DocumentView":
        """As JSON."""
        return cls.model_validate({name: getattr(document, name) for name in cls.model_fields})


@documents.post("", status_code=201, dependencies=[requires("candidature.edit")], responses=problems(404, 409))
async def receive(
    candidature_id: UUID,
    kind: DocumentKind,
    upload: Upload,
    work: Work,
    store: Documents,
    editor: Editing,
    once: Once,
    name: Annotated[str, Query(max_length=500, description="Nom du fichier, pour l'affichage seulement.")] = "",
    content_digest: Annotated[str | None, Header(max_length=500, examples=[_DIGEST])] = None,
) -> Created:
    """Receive a file, sent as it is in the body; it is checked before it can be downloaded."""
    await once.recall()
    announced = _announced(content_digest)
    await expect_document(candidature_id, editor, work)
    stored = await store.put(upload.stream(), LARGEST, declared=upload.media_type)
    created = Created(id=new_id())
    try:
        if announced is not None and announced.hex() != stored.sha256:
            raise ProblemError("digest-mismatch")
        once.answers(work, created)
        document = _document(created.id, candidature_id, kind, name, upload, stored, editor)
        await add_document(AddDocument(document, editor), work)
    except Exception as error:
        # Lost in COMMIT, nobody knows: a file without record harms less than a record without file.
        if not isinstance(error, UNREACHABLE):
            await store.delete(stored.key)
        raise
    return created


@documents.get("", dependencies=[requires("candidature.read")], responses=problems(404))
async def browse(candidature_id: UUID, work: Work, within: Within) -> Page[DocumentView]:
    """List the files of a dossier."""
    async with work:
        found = await work.views.documents(candidature_id, within)
    return Page[DocumentView](items=[DocumentView.of(document) for document in found])


@documents.get("/{document_id}", dependencies=[requires("candidature.read")], responses=problems(404))
async def show(candidature_id: UUID, document_id: UUID, work: Work, within: Within) -> DocumentView:
    """Say where the check of a file stands."""
    async with work:
        return DocumentView.of(await work.views.document(candidature_id, document_id, within))


@documents.get(
    "/{document_id}/content",
    dependencies=[requires("candidature.read")],
    response_class=StreamingResponse,
    responses=problems(404, 409),
)
async def download(
    candidature_id: UUID, document_id: UUID, work: Work, store: Documents, within: Within
) -> StreamingResponse:
    """Download a file, if it is clean."""
    async with work:
        document = await work.views.document(candidature_id, document_id, within)
    document.require_clean()
    headers = {
        "Content-Length": str(document.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(await store.open(document.object_key), media_type=document.media_type, headers=headers)


@documents.delete(
    "/{document_id}", status_code=204, dependencies=[requires("candidature.edit")], responses=problems(404, 409)
)
async def remove(candidature_id: UUID, document_id: UUID, work: Work, store: Documents, editor: Editing) -> None:
    """Take a file out of a draft; it is destroyed."""
    removed = await remove_document(RemoveDocument(candidature_id, document_id, editor), work)
    await store.delete(removed.object_key)


def _document(
    id: UUID,
    candidature_id: UUID,
    kind: DocumentKind,
    name: str,
    upload: UploadedFile,
    stored: StoredObject,
    editor: Editor,
) -> Document:
    return Document(
        id=id,
        candidature_id=candidature_id,
        kind=kind,
        name=display_name(name) if name else upload.name,
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        object_key=stored.key,
        uploaded_by=editor.actor,
        uploaded_at=editor.at,
    )


def _announced(content_digest: str | None) -> bytes | None:
    """The SHA-256 a client announces (RFC 9530), None when it announces none we know."""
    found = _SHA256.search(content_digest) if content_digest else None
    if found is None:
        return None
    try:
        digest = base64.b64decode(found[1], validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 32:
        raise ProblemError("malformed-request", "Content-Digest : sha-256=:<base64 de 32 octets>:")
    return digest
