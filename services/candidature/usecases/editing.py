"""What all changes of a draft dossier have in common."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.candidature import Candidature
from services.candidature.domain.dossier import Change
from services.candidature.usecases.ports import Work
from shared.kit.access import Scope
from shared.kit.expectation import expect


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes a dossier, and when: an opaque actor, what it may see."""

    actor: str
    scope: Scope
    at: datetime


async def draft_of(candidature_id: UUID, editor: Editor, work: Work) -> Candidature:
    """The dossier, locked; refused unless it is a draft in a call that is still open."""
    candidature = await work.candidatures.get(candidature_id, editor.scope)
    call = await work.calls.read(candidature.call_id)
    call.require_window(editor.at)
    candidature.require_draft()
    return candidature


async def keep(
    edited: Candidature, before: Candidature, parts: tuple[str, ...], editor: Editor, work: Work, expected: int | None
) -> int:
    """Save a change and who made it; returns the version.

    A request whose change is made already succeeds whatever version it expected (RFC 9110, 13.1.1): a client that lost
    the answer of an autosave may send it again.
    """
    if edited == before:
        return before.version
    if expected is not None:
        expect(expected, of=before)
    version = await work.candidatures.save(edited)
    await work.candidatures.record(Change(edited.id, version, editor.at, editor.actor, parts))
    return version
