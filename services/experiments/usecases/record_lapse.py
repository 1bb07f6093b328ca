"""Record that an agreement is overdue."""

from dataclasses import dataclass
from uuid import UUID

from services.experiments.domain.errors import AgreementNotFound
from services.experiments.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class RecordLapse:
    """Its due date has passed."""

    agreement_id: UUID


async def record_lapse(command: RecordLapse, work: Work) -> None:
    """Record the lapse, once, unless it is in force or abandoned; it may still be signed (R148)."""
    async with work:
        agreement = await work.agreements.find(command.agreement_id)
        if agreement is None:
            raise AgreementNotFound(command.agreement_id)
        if agreement.overdue or not agreement.awaited:
            return
        agreement, event = agreement.lapse()
        await work.agreements.save(agreement)
        await work.publish(agreement.id, event)
