"""Abandon an agreement before it is in force."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.domain.agreement import DUE
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class AbandonAgreement:
    """Give it up, for this reason."""

    agreement_id: UUID
    reason: str
    scope: Scope
    at: datetime


async def abandon_agreement(command: AbandonAgreement, work: Work) -> int:
    """Give it up; nobody waits for its due date any more. Returns the new version."""
    async with work:
        agreement = await work.agreements.get(command.agreement_id, command.scope)
        agreement, event = agreement.abandon(command.reason, at=command.at)
        version = await work.agreements.save(agreement)
        await work.publish(agreement.id, event)
        await work.deadlines.cancel(agreement.id, DUE)
        return version
