"""Take a file out of a dossier."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.document import Document
from services.candidature.domain.dossier import Change
from services.candidature.domain.errors import DocumentInUse
from services.candidature.usecases.editing import Editor, draft_of
from services.candidature.usecases.ports import Work
from shared.kit.refusals import NotFound


@dataclass(frozen=True, slots=True)
class RemoveDocument:
    """A file of a draft."""

    candidature_id: UUID
    document_id: UUID
    editor: Editor


async def remove_document(command: RemoveDocument, work: Work) -> Document:
    """Forget the file, unless a support rests on it; returns what was removed, for its bytes to be destroyed."""
    async with work:
        candidature = await draft_of(command.candidature_id, command.editor, work)
        document = await work.documents.get(command.document_id)
        if document.candidature_id != candidature.id:
            raise NotFound
        if any(support.document_id == document.id for support in candidature.dossier.supports):
            raise DocumentInUse("Retirez d'abord le soutien que ce fichier atteste.")
        await work.documents.remove(document.id)
        parts = (f"documents.{document.id}",)
        change = Change(candidature.id, candidature.version, command.editor.at, command.editor.actor, parts)
        await work.candidatures.record(change)
        return document
