"""Verify that a member may open a dossier: everything declared, no conflict in force."""

from uuid import UUID

from services.selection.domain.candidature import Candidature
from services.selection.domain.declaration import Interests
from services.selection.domain.errors import DeclarationRequired
from services.selection.domain.examination import Examination
from services.selection.usecases.ports import Work


async def stand_clear(examination: Examination, candidature: Candidature, member_id: UUID, work: Work) -> Interests:
    """How the member stands; a conflict is put on the record, for the caller to commit before it refuses."""
    interests = examination.interests(member_id, candidature)
    if interests.blocked:
        detail = {"round": str(examination.round.id), "member": str(member_id)}
        await work.record("conflict-of-interest", candidature.id, detail)
    elif undeclared := examination.undeclared(member_id):
        raise DeclarationRequired(len(undeclared))
    return interests
