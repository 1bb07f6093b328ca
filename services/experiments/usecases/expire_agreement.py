"""End an agreement with its month."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.domain.errors import AgreementNotFound
from services.experiments.usecases.assess_experiments import AssessExperiments, assess_experiments
from services.experiments.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class ExpireAgreement:
    """The month in which it ends is over."""

    agreement_id: UUID
    at: datetime


async def expire_agreement(command: ExpireAgreement, work: Work) -> None:
    """End it; experiments not launched yet are not ready any more, those that run go on (R184, R186)."""
    async with work:
        agreement = await work.agreements.find(command.agreement_id)
        if agreement is None:
            raise AgreementNotFound(command.agreement_id)
        agreement, event = agreement.expire(at=command.at)
        await work.agreements.save(agreement)
        await work.publish(agreement.id, event)
        await assess_experiments(AssessExperiments(agreement, command.at), work)
