"""Withdraw a resource request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.assess_experiments import assess
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """What was requested is not needed."""

    experiment_id: UUID
    request_id: UUID
    scope: Scope
    at: datetime


async def withdraw_request(command: WithdrawRequest, work: Work) -> int:
    """Do without it; the launch does not wait for it any more. Returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        experiment, event = experiment.withdraw_request(command.request_id, at=command.at)
        await work.publish(experiment.id, event)
        agreement = await work.agreements.standing(experiment.agreement_id)
        return await work.experiments.save(await assess(experiment, agreement, command.at, work))
