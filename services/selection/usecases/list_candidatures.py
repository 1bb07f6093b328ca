"""List the candidatures of a round, so that interests can be declared before anything is read."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.candidature import Candidature
from services.selection.domain.examination import Examination
from services.selection.domain.seat import Caller
from services.selection.usecases.examination_of import examination_of
from services.selection.usecases.ports import Work
from services.selection.usecases.read_models import CandidatureLine


@dataclass(frozen=True, slots=True)
class ListCandidatures:
    """For those the round concerns."""

    round_id: UUID
    caller: Caller


async def list_candidatures(command: ListCandidatures, work: Work) -> list[CandidatureLine]:
    """Every admitted candidature, by commune, with what the member has said and done."""
    async with work:
        round_ = await work.commune_rounds.read(command.round_id)
        seat = command.caller.seat(round_.panel)
        examination = await examination_of(round_, work)
    return [_line(examination, candidature, seat) for candidature in examination.candidatures]


def _line(examination: Examination, candidature: Candidature, member_id: UUID | None) -> CandidatureLine:
    if member_id is None:
        return CandidatureLine(candidature, None, blocked=False, suggested=None, reviewed=False)
    member = examination.round.panel.member(member_id)
    interests = examination.interests(member_id, candidature)
    return CandidatureLine(
        candidature=candidature,
        declaration=interests.declared,
        blocked=interests.blocked,
        suggested=candidature.likely_conflict(member),
        reviewed=any(r.candidature_id == candidature.id and r.member_id == member_id for r in examination.reviews),
    )
