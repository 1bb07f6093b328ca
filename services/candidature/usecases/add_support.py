"""Add the support of a local partner."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.document import DocumentKind
from services.candidature.domain.dossier import Support
from services.candidature.domain.errors import UnknownDocument
from services.candidature.usecases.editing import Editor, draft_of, keep
from services.candidature.usecases.ports import Work
from shared.kit.refusals import FieldError


@dataclass(frozen=True, slots=True)
class AddSupport:
    """An organisation, and the document of the dossier that shows its support (R130)."""

    candidature_id: UUID
    support: Support
    editor: Editor


async def add_support(command: AddSupport, work: Work) -> int:
    """Keep it in the dossier; returns the new version."""
    async with work:
        before = await draft_of(command.candidature_id, command.editor, work)
        documents = await work.documents.of(before.id)
        attesting = {each.id for each in documents if each.kind is DocumentKind.PARTNER_SUPPORT}
        if command.support.document_id not in attesting:
            message = "Ce document n'est pas un soutien déposé dans ce dossier."
            errors = [FieldError("/document_id", "unknown_document", message)]
            raise UnknownDocument("Déposez d'abord le document qui atteste le soutien.", errors=errors)
        edited = before.edit(before.dossier.with_support(command.support))
        return await keep(edited, before, (f"supports.{command.support.id}",), command.editor, work, None)
