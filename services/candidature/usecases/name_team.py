"""Name the people a commune mobilises."""

from dataclasses import dataclass
from uuid import UUID

from services.candidature.domain.dossier import Team
from services.candidature.domain.errors import UnknownContact
from services.candidature.usecases.editing import Editor, draft_of, keep
from services.candidature.usecases.ports import Work
from shared.kit.refusals import FieldError


@dataclass(frozen=True, slots=True)
class NameTeam:
    """The whole team, by role."""

    candidature_id: UUID
    team: Team
    expected: int
    editor: Editor


async def name_team(command: NameTeam, work: Work) -> int:
    """Keep a team made of contacts of the commune; returns the new version."""
    async with work:
        before = await draft_of(command.candidature_id, command.editor, work)
        await _require_known(command.team, before.commune, work)
        edited = before.edit(before.dossier.with_team(command.team))
        return await keep(edited, before, ("team",), command.editor, work, command.expected)


async def _require_known(team: Team, commune: str, work: Work) -> None:
    named = {person for people in team.values() for person in people}
    known = await work.contacts.known(commune, named)
    message = "Ce contact n'est pas dans l'annuaire de votre commune."
    errors = [
        FieldError(f"/{role}", "unknown_contact", message)
        for role, people in team.items()
        if not known.issuperset(people)
    ]
    if errors:
        raise UnknownContact("Inscrivez d'abord ces personnes dans l'annuaire.", errors=errors)
