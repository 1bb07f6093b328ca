"""The terms of the agreements of an edition: decided by the programme team."""

from typing import Annotated

from fastapi import Path, Response

from services.experiments.api.agreement_models import TermsBody, TermsView
from services.experiments.api.deps import Work
from services.experiments.usecases.decide_terms import DecideTerms, decide_terms
from shared.kit.api import IfMatch, etag, problems, requires, router

terms = router("/v1/editions", tags=["Conventions"])

EditionPath = Annotated[int, Path(ge=1, le=1_000)]


@terms.get("/{edition}/agreement-terms", dependencies=[requires("agreement-terms.read")])
async def show(edition: EditionPath, work: Work, response: Response) -> TermsView:
    """Show the terms of the agreements of an edition; version 0 when they are the usual ones."""
    async with work:
        decided = await work.views.terms(edition)
    etag(response, decided.version)
    return TermsView.of(decided)


@terms.put(
    "/{edition}/agreement-terms",
    status_code=204,
    dependencies=[requires("agreement-terms.decide")],
    responses=problems(412, 428),
)
async def decide(edition: EditionPath, body: TermsBody, expected: IfMatch, work: Work, response: Response) -> None:
    """Decide the terms of the agreements of an edition; those still in draft follow."""
    etag(response, await decide_terms(DecideTerms(body.terms(edition, expected), expected), work))
