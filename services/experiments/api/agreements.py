"""Agreements: sent by the programme team, signed by each party, read by their commune."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.experiments.api.agreement_models import (
    AbandonmentBody,
    AgreementSummaryView,
    AgreementView,
    SignatureBody,
    TextView,
)
from services.experiments.api.deps import CommuneFilter, EditionFilter, Work
from services.experiments.domain.agreement import Status
from services.experiments.usecases.abandon_agreement import AbandonAgreement, abandon_agreement
from services.experiments.usecases.send_agreement import SendAgreement, send_agreement
from services.experiments.usecases.sign_agreement import SignAgreement, sign_agreement
from shared.kit.api import Now, Page, Paging, Who, Within, etag, problems, requires, router

agreements = router("/v1/agreements", tags=["Conventions"])

StatusFilter = Annotated[Status | None, Query(description="Un état seulement.")]


@agreements.get("", dependencies=[requires("agreement.read")])
async def browse(
    work: Work,
    within: Within,
    paging: Paging,
    edition: EditionFilter = None,
    commune: CommuneFilter = None,
    status: StatusFilter = None,
) -> Page[AgreementSummaryView]:
    """List the agreements by edition and commune."""
    after = (int(paging.after[0]), str(paging.after[1])) if paging.after else None
    async with work:
        rows = await work.views.agreements(
            within, edition=edition, commune=commune, status=status, after=after, limit=paging.fetch
        )
    return paging.page(rows, AgreementSummaryView.of, lambda row: (row.edition, row.commune))


@agreements.get("/{agreement_id}", dependencies=[requires("agreement.read")], responses=problems(404))
async def show(agreement_id: UUID, work: Work, within: Within, response: Response) -> AgreementView:
    """Show an agreement, its parties and their signatures."""
    async with work:
        agreement = await work.views.agreement(agreement_id, within)
    etag(response, agreement.version)
    return AgreementView.of(agreement)


@agreements.get("/{agreement_id}/text", dependencies=[requires("agreement.read")], responses=problems(404))
async def read(agreement_id: UUID, work: Work, within: Within) -> TextView:
    """Read the text of an agreement: the one the parties sign, or how it would read if it were sent now."""
    async with work:
        agreement = await work.views.agreement(agreement_id, within)
        if agreement.text is not None:
            return TextView(content=agreement.text.content, digest=agreement.text.digest)
        return TextView(content=work.texts.write(agreement), digest=None)


@agreements.post(
    "/{agreement_id}/sending", status_code=204, dependencies=[requires("agreement.send")], responses=problems(404, 409)
)
async def send(agreement_id: UUID, work: Work, within: Within, now: Now, response: Response) -> None:
    """Send an agreement to its parties; its text is fixed from then on."""
    etag(response, await send_agreement(SendAgreement(agreement_id, within, at=now), work))


@agreements.post(
    "/{agreement_id}/signatures",
    status_code=204,
    dependencies=[requires("agreement.sign")],
    responses=problems(404, 409),
)
async def sign(
    agreement_id: UUID, body: SignatureBody, work: Work, who: Who, within: Within, now: Now, response: Response
) -> None:
    """Sign an agreement for one's own party; the last signature brings it into force."""
    command = SignAgreement(agreement_id, body.signature(now), who.organisation, within)
    etag(response, await sign_agreement(command, work))


@agreements.post(
    "/{agreement_id}/abandonment",
    status_code=204,
    dependencies=[requires("agreement.abandon")],
    responses=problems(404, 409),
)
async def abandon(
    agreement_id: UUID, body: AbandonmentBody, work: Work, within: Within, now: Now, response: Response
) -> None:
    """Abandon an agreement that is not in force, with a reason."""
    etag(response, await abandon_agreement(AbandonAgreement(agreement_id, body.reason, within, at=now), work))
