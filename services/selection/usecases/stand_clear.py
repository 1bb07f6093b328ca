"""Verify that a member may open a dossier: everything declared, no conflict in force."""

from uuid import UUID

from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.declaration import Interests
from services.selection.domain.errors import DeclarationRequired
from services.selection.usecases.ports import Work


async def stand_clear(round_: CommuneRound, candidature: Candidature, member_id: UUID, work: Work) -> Interests:
    """How the member stands; a conflict is put on the record, for the caller to commit before it refuses."""
    said = await work.declarations.get(round_.id, candidature.id, member_id)
    interests = round_.interests(member_id, candidature, said)
    if interests.blocked:
        detail = {"round": str(round_.id), "member": str(member_id)}
        await work.record("conflict-of-interest", candidature.id, detail)
    elif undeclared := await work.candidatures.undeclared(round_, round_.panel.member(member_id)):
        raise DeclarationRequired(undeclared)
    return interests
