"""Open the examination of the communes that answered a call."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.commune_round import CommuneRound
from services.selection.usecases.ports import Work
from shared.events.candidature import Criterion
from shared.kit.identity import derived_id


@dataclass(frozen=True, slots=True)
class OpenCommuneRound:
    """The call has closed, with these criteria, this scale and this quota."""

    call_id: UUID
    edition: int
    criteria: tuple[Criterion, ...]
    scale_max: int
    quota: int | None
    at: datetime


def commune_round_id(call_id: UUID) -> UUID:
    """The identifier of the round of a call: the same however often it is told."""
    return derived_id("commune-round", call_id)


async def open_commune_round(command: OpenCommuneRound, work: Work) -> None:
    """Candidatures admitted before or after join the round by their call, in any order."""
    round_ = CommuneRound(
        id=commune_round_id(command.call_id),
        call_id=command.call_id,
        edition=command.edition,
        criteria=command.criteria,
        scale_max=command.scale_max,
        quota=command.quota,
        opened_at=command.at,
    )
    async with work:
        await work.commune_rounds.add(round_)
        await work.publish(round_.id, round_.opening)
