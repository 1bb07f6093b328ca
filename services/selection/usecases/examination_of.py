"""Gather what an examination rests on."""

from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.examination import Examination
from services.selection.usecases.ports import Work


async def examination_of(round_: CommuneRound, work: Work) -> Examination:
    """The round with its candidatures, declarations and reviews, inside the transaction of `work`."""
    return Examination(
        round=round_,
        candidatures=await work.candidatures.of_call(round_.call_id),
        declarations=await work.declarations.of_round(round_.id),
        reviews=await work.reviews.of_round(round_.id),
    )
