"""Name a member of the committee."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.panel import Member
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class SeatMember:
    """The organisation is the one the member speaks for (R039)."""

    round_id: UUID
    member: Member


async def seat_member(command: SeatMember, work: Work) -> int:
    """Name the member, or change the seat; returns the version of the round."""
    member = command.member
    async with work:
        round_ = (await work.commune_rounds.get(command.round_id)).seat(member)
        seat = {"member": str(member.id), "organisation": member.organisation, "chair": str(member.chair).lower()}
        await work.record("panel.seat", round_.id, seat)
        return await work.commune_rounds.save(round_)
