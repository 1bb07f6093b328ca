"""Sign the agreement for one of its parties."""

from dataclasses import dataclass
from uuid import UUID

from services.experiments.domain.agreement import DUE, EXPIRE, Status
from services.experiments.domain.signature import Signature
from services.experiments.usecases.assess_experiments import AssessExperiments, assess_experiments
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """This signature, by somebody of this organisation; a commune signs within its own scope."""

    agreement_id: UUID
    signature: Signature
    organisation: str | None
    scope: Scope


async def sign_agreement(command: SignAgreement, work: Work) -> int:
    """Add the signature; the last one brings the agreement into force and moves its clocks (R183, R184)."""
    async with work:
        agreement = await work.agreements.get(command.agreement_id, command.scope)
        agreement.require_signatory(
            command.signature.party, organisation=command.organisation, institutional=command.scope.unlimited
        )
        agreement, events = agreement.sign(command.signature)
        version = await work.agreements.save(agreement)
        for event in events:
            await work.publish(agreement.id, event)
        if agreement.status is Status.IN_FORCE:
            await work.deadlines.cancel(agreement.id, DUE)
            await work.deadlines.set(agreement.id, EXPIRE, agreement.terms.ends_in.end)
            await assess_experiments(AssessExperiments(agreement, command.signature.recorded_at), work)
        return version
