"""Register the evaluation protocol of an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.domain.protocol import Protocol
from services.experiments.usecases.assess_experiments import assess
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope
from shared.kit.expectation import expect


@dataclass(frozen=True, slots=True)
class RegisterProtocol:
    """This protocol, by somebody who has read version `expected` of the experiment."""

    experiment_id: UUID
    protocol: Protocol
    expected: int
    scope: Scope
    at: datetime


async def register_protocol(command: RegisterProtocol, work: Work) -> int:
    """Register it, or a new visible version of it, before the launch (R075); returns the version of the experiment."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        changed, event = experiment.register_protocol(command.protocol, at=command.at)
        if event is None:
            return experiment.version
        expect(command.expected, of=experiment)
        await work.publish(experiment.id, event)
        agreement = await work.agreements.standing(experiment.agreement_id)
        return await work.experiments.save(await assess(changed, agreement, command.at, work))
