"""Proposals: written and sent by innovators, screened by the programme team."""

import re
from uuid import UUID

from fastapi import Response

from services.candidature.api.candidature_models import AdmissionBody
from services.candidature.api.deps import Work, after
from services.candidature.api.proposal_models import ProposalBody, ProposalPatch, ProposalSummaryView, ProposalView
from services.candidature.domain.proposal import ProposalStatus
from services.candidature.usecases.draft_proposal import DraftProposal, draft_proposal
from services.candidature.usecases.examine_proposal import ExamineProposal, examine_proposal
from services.candidature.usecases.revise_proposal import ReviseProposal, revise_proposal
from services.candidature.usecases.submit_proposal import SubmitProposal, submit_proposal
from shared.kit.access import Scope
from shared.kit.api import Created, IfMatch, Now, Once, Page, Paging, Within, etag, problems, requires, router
from shared.kit.identity import new_id
from shared.kit.refusals import FieldError, Forbidden, Invalid

_ORGANISATION = re.compile(r"[0-9A-Za-z][0-9A-Za-z:._-]{0,99}")

proposals = router("/v1/proposals", tags=["Propositions"])


@proposals.post("", status_code=201, dependencies=[requires("proposal.draft")], responses=problems(404, 409))
async def draft(body: ProposalBody, work: Work, within: Within, now: Now, once: Once) -> Created:
    """Commencer une proposition pour un appel à projets ouvert."""
    created = Created(id=new_id())
    once.answers(work, created, version=1)
    holder = _owner(body.organisation, within)
    await draft_proposal(DraftProposal(created.id, body.call_id, holder, body.pitch(), body.origin, now), work)
    return created


@proposals.get("", dependencies=[requires("proposal.read")])
async def browse(
    work: Work, within: Within, paging: Paging, call_id: UUID | None = None, status: ProposalStatus | None = None
) -> Page[ProposalSummaryView]:
    """Lister les propositions : les siennes, ou toutes celles qui ont été déposées."""
    async with work:
        rows = await work.views.proposals(
            within, call_id=call_id, status=status, after=after(paging), limit=paging.fetch
        )
    return paging.page(rows, ProposalSummaryView.of, lambda row: (str(row.id),))


@proposals.get("/{proposal_id}", dependencies=[requires("proposal.read")], responses=problems(404))
async def show(proposal_id: UUID, work: Work, within: Within, response: Response) -> ProposalView:
    """Consulter une proposition."""
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
    """Compléter ou modifier sa proposition, jusqu'à son dépôt."""
    command = ReviseProposal(proposal_id, body.changes(), expected, within, now)
    etag(response, await revise_proposal(command, work))


@proposals.post(
    "/{proposal_id}/submission",
    status_code=204,
    dependencies=[requires("proposal.submit")],
    responses=problems(404, 409, 422),
)
async def submit(proposal_id: UUID, work: Work, within: Within, now: Now, response: Response) -> None:
    """Déposer sa proposition, complète et avant la clôture."""
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
    """Déclarer la proposition recevable, ou non et pourquoi."""
    command = ExamineProposal(proposal_id, body.admitted, body.reasons, within, now)
    etag(response, await examine_proposal(command, work))


def _owner(named: str | None, within: Scope) -> str:
    """The innovator speaks for itself; the operator names the innovator it has found (R074)."""
    if not within.unlimited:
        own = within.organisation or ""
        if named not in {None, own} or not _ORGANISATION.fullmatch(own):
            raise Forbidden("Vous ne proposez que pour votre structure.")
        return own
    if named is None:
        errors = [FieldError("/organisation", "missing", "Indiquez la structure qui porte la solution.")]
        raise Invalid("Corrigez les champs indiqués.", errors=errors)
    return named
