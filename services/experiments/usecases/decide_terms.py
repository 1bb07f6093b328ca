"""Decide the terms of the agreements of an edition."""

from dataclasses import dataclass

from services.experiments.domain.errors import InvalidField
from services.experiments.domain.terms import EditionTerms
from services.experiments.usecases.ports import Work
from shared.kit.clock import date_in_paris
from shared.kit.expectation import expect
from shared.kit.identity import derived_id


@dataclass(frozen=True, slots=True)
class DecideTerms:
    """These terms instead of version `expected`."""

    terms: EditionTerms
    expected: int


async def decide_terms(command: DecideTerms, work: Work) -> int:
    """Decide them (R236, R241); the agreements still in draft follow. Returns the new version."""
    terms = command.terms
    terms.check()
    async with work:
        if not work.texts.knows(terms.template):
            raise InvalidField("/template", "unknown-template", "Ce modèle de convention n'existe pas.")
        expect(command.expected, of=await work.editions.get(terms.edition))
        version = await work.editions.save(terms)
        for draft in await work.agreements.drafts_of(terms.edition):
            await work.agreements.save(draft.revise(terms.for_award(date_in_paris(draft.award.announced_at))))
        subject = derived_id("agreement-terms", str(terms.edition))
        parties = ", ".join(party.organisation for party in terms.institutions)
        await work.record("agreement-terms.decide", subject, {"parties": parties, "ends_in": str(terms.ends_in or "")})
        return version
