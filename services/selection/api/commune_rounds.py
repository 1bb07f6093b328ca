"""Commune rounds: seen by the programme team and by the committee, each member its own."""

from uuid import UUID

from fastapi import Response

from services.selection.api.deps import Seated, Work, after
from services.selection.api.round_models import CommuneRoundView, SeatBody
from services.selection.usecases.seat_member import SeatMember, seat_member
from shared.kit.api import Page, Paging, etag, problems, requires, router

commune_rounds = router("/v1/commune-rounds", tags=["Choix des communes"])


@commune_rounds.get("", dependencies=[requires("commune-round.read")])
async def browse(work: Work, caller: Seated, paging: Paging) -> Page[CommuneRoundView]:
    """List the commune rounds one takes part in."""
    async with work:
        rounds = await work.views.commune_rounds(caller.panels, after=after(paging), limit=paging.fetch)
    return paging.page(rounds, CommuneRoundView.of, lambda round_: (str(round_.id),))


@commune_rounds.get("/{round_id}", dependencies=[requires("commune-round.read")], responses=problems(404))
async def show(round_id: UUID, work: Work, caller: Seated, response: Response) -> CommuneRoundView:
    """Show a round; the recommendation is for the committee and the programme team alone until it is announced."""
    async with work:
        round_ = await work.commune_rounds.read(round_id)
    caller.seat(round_.panel)
    etag(response, round_.version)
    return CommuneRoundView.of(round_)


@commune_rounds.put(
    "/{round_id}/panel/{member_id}",
    status_code=204,
    dependencies=[requires("commune-round.seat")],
    responses=problems(404, 409),
)
async def seat_on_committee(round_id: UUID, member_id: UUID, body: SeatBody, work: Work, response: Response) -> None:
    """Name a member of the committee, or change the seat, while reviews may still come in."""
    etag(response, await seat_member(SeatMember(round_id, body.member(member_id)), work))
