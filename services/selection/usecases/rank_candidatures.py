"""Read what the reviews say together."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.usecases.examination_of import examination_of
from services.selection.usecases.ports import Work
from services.selection.usecases.read_models import Ranking
from shared.kit.refusals import NotFound


@dataclass(frozen=True, slots=True)
class RankCandidatures:
    """`member_id` None is the programme team."""

    round_id: UUID
    member_id: UUID | None


async def rank_candidatures(command: RankCandidatures, work: Work) -> Ranking:
    """The ranking and its parts; nothing before the unsealing."""
    async with work:
        round_ = await work.commune_rounds.read(command.round_id)
        if command.member_id is not None and not round_.panel.includes(command.member_id):
            raise NotFound()
        examination = await examination_of(round_, work)
    return Ranking(
        candidatures={candidature.id: candidature for candidature in examination.candidatures},
        analysis=examination.analysis(),
        missing=examination.missing,
    )
