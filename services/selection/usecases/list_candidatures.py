"""List the candidatures of a round, so that interests can be declared before anything is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.declaration import Declaration
from services.selection.domain.seat import Caller
from services.selection.usecases.ports import Work
from services.selection.usecases.read_models import CandidatureLine


@dataclass(frozen=True, slots=True)
class ListCandidatures:
    """For those the round concerns; a page by commune and identifier, `after` the pair given."""

    round_id: UUID
    caller: Caller
    after: tuple[str, UUID] | None
    limit: int


async def list_candidatures(command: ListCandidatures, work: Work) -> list[CandidatureLine]:
    """The candidatures admitted and not withdrawn, by commune, with what the member has said and done."""
    async with work:
        round_ = await work.commune_rounds.read(command.round_id)
        seat = command.caller.seat(round_.panel)
        shown = await work.views.candidatures(round_.call_id, after=command.after, limit=command.limit)
        if seat is None:
            return [CandidatureLine(each, None, blocked=False, suggested=None, reviewed=False) for each in shown]
        ids = [candidature.id for candidature in shown]
        declared = await work.declarations.by(round_.id, seat, ids)
        reviewed = await work.reviews.by(round_.id, seat, ids)
    return _lines(round_, shown, seat, declared, reviewed)


def _lines(
    round_: CommuneRound,
    shown: Sequence[Candidature],
    member_id: UUID,
    declared: Mapping[UUID, Declaration],
    reviewed: Collection[UUID],
) -> list[CandidatureLine]:
    member = round_.panel.member(member_id)
    return [
        CandidatureLine(
            candidature=candidature,
            declaration=declared.get(candidature.id),
            blocked=round_.interests(member_id, candidature, declared.get(candidature.id)).blocked,
            suggested=candidature.likely_conflict(member),
            reviewed=candidature.id in reviewed,
        )
        for candidature in shown
    ]
