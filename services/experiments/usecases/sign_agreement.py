"""Sign the agreement for one of its parties."""

from dataclasses import dataclass
from uuid import UUID

from services.experiments.domain.agreement import DUE, EXPIRE, Agreement, Status
from services.experiments.domain.errors import NotASignatory
from services.experiments.domain.signature import Signature
from services.experiments.usecases.assess_experiments import AssessExperiments, assess_experiments
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """This signature; a commune signs within its own scope, the institutions within everything."""

    agreement_id: UUID
    signature: Signature
    scope: Scope


async def sign_agreement(command: SignAgreement, work: Work) -> int:
    """Add the signature; the last one brings the agreement into force and moves its clocks (R183, R184)."""
    async with work:
        agreement = await work.agreements.get(command.agreement_id, command.scope)
        _check_signatory(agreement, command)
        agreement, events = agreement.sign(command.signature)
        version = await work.agreements.save(agreement)
        for event in events:
            await work.publish(agreement.id, event)
        if agreement.status is Status.IN_FORCE:
            await work.deadlines.cancel(agreement.id, DUE)
            await work.deadlines.set(agreement.id, EXPIRE, agreement.terms.ends_in.end)
            await assess_experiments(AssessExperiments(agreement, command.signature.recorded_at), work)
        return version


def _check_signatory(agreement: Agreement, command: SignAgreement) -> None:
    # Nobody signs for a commune but the commune itself, not even those who see everything.
    for_commune = command.signature.party == agreement.commune
    if for_commune is command.scope.unlimited:
        raise NotASignatory
