"""Project rounds: the jury scores, the communes of the wave say what they want."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from services.selection.api.candidature_models import DeclarationBody, DeclarationView
from services.selection.api.deps import Me, Work, after, person_of
from services.selection.api.project_models import (
    InterestBody,
    ProjectResultView,
    ProjectRoundView,
    ProposalLineView,
    ScoreBody,
    ScoreView,
)
from services.selection.api.round_models import SeatBody
from services.selection.usecases.declare_juror_interests import DeclareJurorInterests, declare_juror_interests
from services.selection.usecases.list_proposals import ListProposals, Viewer, list_proposals
from services.selection.usecases.score_proposal import ScoreProposal, score_proposal
from services.selection.usecases.seat_juror import SeatJuror, seat_juror
from services.selection.usecases.state_interest import StateInterest, state_interest
from shared.kit.access import Role
from shared.kit.api import Now, Page, Paging, Who, Within, etag, problems, requires, router
from shared.kit.refusals import NotFound

project_rounds = router("/v1/project-rounds", tags=["Choix des projets"])
project_results = router("/v1/project-results", tags=["Résultats des projets"])

_COMMUNE = frozenset({Role.COMMUNE_AGENT, Role.COMMUNE_SIGNATORY})


async def viewer_of(who: Who, within: Within) -> Viewer:
    """A juror by the seat, a commune by its code, the programme team without limit."""
    if within.unlimited:
        return Viewer()
    return Viewer(
        juror_id=person_of(who) if Role.JUROR in who.roles else None,
        commune=who.organisation if who.roles & _COMMUNE else None,
    )


Sight = Annotated[Viewer, Depends(viewer_of)]


@project_rounds.get("", dependencies=[requires("project-round.read")])
async def browse(work: Work, viewer: Sight, paging: Paging) -> Page[ProjectRoundView]:
    """List the project rounds one takes part in."""
    async with work:
        found = await work.views.project_rounds(
            viewer.juror_id, viewer.commune, after=after(paging), limit=paging.fetch
        )
    return paging.page(found, ProjectRoundView.of, lambda round_: (str(round_.id),))


@project_rounds.get("/{round_id}", dependencies=[requires("project-round.read")], responses=problems(404))
async def show(round_id: UUID, work: Work, viewer: Sight, response: Response) -> ProjectRoundView:
    """Show a project round."""
    async with work:
        round_ = await work.project_rounds.read(round_id)
    viewer.require_sight(round_)
    etag(response, round_.version)
    return ProjectRoundView.of(round_)


@project_rounds.put(
    "/{round_id}/panel/{member_id}",
    status_code=204,
    dependencies=[requires("project-round.seat")],
    responses=problems(404, 409),
)
async def seat_on_jury(round_id: UUID, member_id: UUID, body: SeatBody, work: Work, response: Response) -> None:
    """Name a juror, or change the seat, until an allocation is adopted."""
    etag(response, await seat_juror(SeatJuror(round_id, body.member(member_id)), work))


@project_rounds.get("/{round_id}/proposals", dependencies=[requires("project-round.read")], responses=problems(404))
async def browse_proposals(round_id: UUID, work: Work, viewer: Sight, paging: Paging) -> Page[ProposalLineView]:
    """List the admitted proposals of the wave; a commune sees its own interest and no score."""
    lines = await list_proposals(ListProposals(round_id, viewer, after(paging), paging.fetch), work)
    return paging.page(lines, ProposalLineView.of, lambda line: (str(line.proposal.id),))


@project_rounds.put(
    "/{round_id}/proposals/{proposal_id}/declaration",
    dependencies=[requires("proposal.declare")],
    responses=problems(403, 404, 409),
)
async def declare(
    round_id: UUID, proposal_id: UUID, body: DeclarationBody, work: Work, me: Me, now: Now
) -> DeclarationView:
    """Declare, as a juror, whether one is in conflict with a proposal."""
    command = DeclareJurorInterests(round_id, proposal_id, me, body.conflict, body.reason, at=now)
    return DeclarationView.of(await declare_juror_interests(command, work))


@project_rounds.put(
    "/{round_id}/proposals/{proposal_id}/score",
    dependencies=[requires("proposal.score")],
    responses=problems(403, 404, 409),
)
async def score(
    round_id: UUID, proposal_id: UUID, body: ScoreBody, work: Work, me: Me, now: Now, response: Response
) -> ScoreView:
    """Score a proposal as a juror; until the adoption, a new version replaces one's own."""
    command = ScoreProposal(round_id, proposal_id, me, body.score, body.comment, at=now)
    recorded = await score_proposal(command, work)
    etag(response, recorded.number)
    return ScoreView.of(recorded)


@project_rounds.put(
    "/{round_id}/proposals/{proposal_id}/interest",
    status_code=204,
    dependencies=[requires("proposal.interest")],
    responses=problems(404, 409),
)
async def want(round_id: UUID, proposal_id: UUID, body: InterestBody, work: Work, who: Who, now: Now) -> None:
    """Say how much one's commune wants a proposal, from 0 to 5."""
    if who.organisation is None:
        raise NotFound
    await state_interest(StateInterest(round_id, proposal_id, who.organisation, body.interest, at=now), work)


@project_results.get("", dependencies=[requires("project-result.read")])
async def browse_results(work: Work, within: Within, paging: Paging) -> Page[ProjectResultView]:
    """List the decided proposals; a commune sees what it receives, a holder what it carries."""
    async with work:
        found = await work.views.project_results(within, after=after(paging), limit=paging.fetch)
    return paging.page(found, ProjectResultView.of, lambda result: (str(result.proposal_id),))
