"""Draft the agreement of a laureate commune."""

from dataclasses import dataclass
from datetime import date, datetime

from services.experiments.domain.agreement import DUE, Agreement, Award, agreement_id_of
from services.experiments.domain.errors import AgreementConflict, InvalidField
from services.experiments.usecases.ports import Work
from shared.kit.clock import date_in_paris
from shared.territory.communes import UnknownCommune
from shared.territory.communes import commune as commune_on


@dataclass(frozen=True, slots=True)
class DraftAgreement:
    """The commune was selected by this decision."""

    edition: int
    commune: str
    award: Award
    at: datetime


async def draft_agreement(command: DraftAgreement, work: Work) -> None:
    """Prepare the agreement on the terms of the edition, and set the clock of its due date (R148); once per award."""
    announced_on = date_in_paris(command.award.announced_at)
    async with work:
        existing = await work.agreements.find(agreement_id_of(command.edition, command.commune))
        if existing is not None:
            if existing.award.candidature_id != command.award.candidature_id:
                raise AgreementConflict
            return
        terms = await work.editions.hold(command.edition)
        agreement, event = Agreement.draft(
            edition=command.edition,
            commune=command.commune,
            commune_name=_name_of(command.commune, announced_on),
            award=command.award,
            terms=terms.for_award(announced_on),
            at=command.at,
        )
        await work.agreements.add(agreement)
        await work.publish(agreement.id, event)
        await work.deadlines.set(agreement.id, DUE, agreement.due_at)


def _name_of(commune: str, on: date) -> str:
    try:
        return commune_on(commune, on).name
    except UnknownCommune as error:
        raise InvalidField("/commune", "unknown-commune", str(error)) from error
