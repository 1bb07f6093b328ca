"""Put a file into a dossier."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.document import MOST_DOCUMENTS, Document
from services.candidature.domain.dossier import Change
from services.candidature.domain.errors import TooManyDocuments
from services.candidature.usecases.editing import Editor, draft_of
from services.candidature.usecases.ports import Work


async def expect_document(candidature_id: UUID, editor: Editor, work: Work) -> None:
    """Refuse a file before its bytes are read, when the dossier cannot take it."""
    async with work:
        await _require_room(candidature_id, editor, work)


@dataclass(frozen=True, slots=True)
class AddDocument:
    """A file that is stored already, in quarantine."""

    document: Document
    editor: Editor


async def add_document(command: AddDocument, work: Work) -> None:
    """Make it part of the dossier; the scanner takes it from there."""
    async with work:
        document = command.document
        version = await _require_room(document.candidature_id, command.editor, work)
        await work.documents.add(document)
        parts = (f"documents.{document.id}",)
        change = Change(document.candidature_id, version, command.editor.at, command.editor.actor, parts)
        await work.candidatures.record(change)


async def _require_room(candidature_id: UUID, editor: Editor, work: Work) -> int:
    candidature = await draft_of(candidature_id, editor, work)
    if len(await work.documents.of(candidature_id)) >= MOST_DOCUMENTS:
        raise TooManyDocuments(f"Un dossier contient {MOST_DOCUMENTS} fichiers au plus.")
    return candidature.version
