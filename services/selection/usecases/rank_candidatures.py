"""Read what the reviews say together."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.seat import Caller
from services.selection.usecases.examination_of import examination_of
from services.selection.usecases.ports import Work
from services.selection.usecases.read_models import Ranking


@dataclass(frozen=True, slots=True)
class RankCandidatures:
    """For those the round concerns."""

    round_id: UUID
    caller: Caller


async def rank_candidatures(command: RankCandidatures, work: Work) -> Ranking:
    """The ranking and its parts; nothing before the unsealing."""
    async with work:
        round_ = await work.commune_rounds.read(command.round_id)
        command.caller.seat(round_.panel)
        examination = await examination_of(round_, work)
    return Ranking(
        candidatures={candidature.id: candidature for candidature in examination.candidatures},
        analysis=examination.analysis(),
        missing=examination.missing,
    )
