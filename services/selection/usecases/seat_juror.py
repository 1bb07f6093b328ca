"""Name a juror."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.panel import Member
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class SeatJuror:
    """The organisation is the one the juror speaks for."""

    round_id: UUID
    juror: Member


async def seat_juror(command: SeatJuror, work: Work) -> int:
    """Name the juror, or change the seat; returns the version of the round."""
    juror = command.juror
    async with work:
        round_ = (await work.project_rounds.get(command.round_id)).seat(juror)
        seat = {"member": str(juror.id), "organisation": juror.organisation, "chair": str(juror.chair).lower()}
        await work.record("panel.seat", round_.id, seat)
        return await work.project_rounds.save(round_)
