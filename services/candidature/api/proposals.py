"""Proposals: written and sent by innovators, screened by the programme team."""

from uuid import UUID

from fastapi import Response

from services.candidature.api.candidature_models import AdmissionBody
from services.candidature.api.deps import Work, after
from services.candidature.api.proposal_models import ProposalBody, ProposalPatch, ProposalSummaryView, ProposalView
from services.candidature.domain.proposal import ProposalStatus, holder_of
from services.candidature.usecases.draft_proposal import DraftProposal, draft_proposal
from services.candidature.usecases.examine_proposal import ExamineProposal, examine_proposal
from services.candidature.usecases.revise_proposal import ReviseProposal, revise_proposal
from services.candidature.usecases.submit_proposal import SubmitProposal, submit_proposal
from shared.kit.api import Created, IfMatch, Now, Once, Page, Paging, Within, etag, problems, requires, router
from shared.kit.identity import new_id

proposals = router("/v1/proposals", tags=["Propositions"])


@proposals.post("", status_code=201, dependencies=[requires("proposal.draft")], responses=problems(404, 409))
async def draft(body: ProposalBody, work: Work, within: Within, now: Now, once: Once) -> Created:
    """Start a proposal for an open project call."""
    created = Created(id=new_id())
    once.answers(work, created, version=1)
    holder = holder_of(body.organisation, body.origin, own=None if within.unlimited else within.organisation or "")
    await draft_proposal(DraftProposal(created.id, body.call_id, holder, body.pitch(), body.origin, now), work)
    return created


@proposals.get("", dependencies=[requires("proposal.read")])
async def browse(
    work: Work, within: Within, paging: Paging, call_id: UUID | None = None, status: ProposalStatus | None = None
) -> Page[ProposalSummaryView]:
    """List the proposals: one's own, or all that were sent."""
    async with work:
        rows = await work.views.proposals(
            within, call_id=call_id, status=status, after=after(paging), limit=paging.fetch
        )
    return paging.page(rows, ProposalSummaryView.of, lambda row: (str(row.id),))


@proposals.get("/{proposal_id}", dependencies=[requires("proposal.read")], responses=problems(404))
async def show(proposal_id: UUID, work: Work, within: Within, response: Response) -> ProposalView:
    """Show a proposal."""
    async with work:
        proposal = await work.views.proposal(proposal_id, within)
    etag(response, proposal.version)
    return ProposalView.of(proposal)


@proposals.patch(
    "/{proposal_id}", status_code=204, dependencies=[requires("proposal.edit")], responses=problems(404, 409, 412, 428)
)
async def revise(
    proposal_id: UUID,
    body: ProposalPatch,
    expected: IfMatch,
    work: Work,
    within: Within,
    now: Now,
    response: Response,
) -> None:
    """Complete or change one's proposal, until it is sent."""
    command = ReviseProposal(proposal_id, body.changes(), expected, within, now)
    etag(response, await revise_proposal(command, work))


@proposals.post(
    "/{proposal_id}/submission",
    status_code=204,
    dependencies=[requires("proposal.submit")],
    responses=problems(404, 409, 422),
)
async def submit(proposal_id: UUID, work: Work, within: Within, now: Now, response: Response) -> None:
    """Send one's proposal, complete and before the closing."""
    etag(response, await submit_proposal(SubmitProposal(proposal_id, within, now), work))


@proposals.post(
    "/{proposal_id}/admission",
    status_code=204,
    dependencies=[requires("proposal.examine")],
    responses=problems(404, 409, 422),
)
async def examine(
    proposal_id: UUID, body: AdmissionBody, work: Work, within: Within, now: Now, response: Response
) -> None:
    """Admit a proposal, or turn it away and say why."""
    command = ExamineProposal(proposal_id, body.admitted, body.reasons, within, now)
    etag(response, await examine_proposal(command, work))
