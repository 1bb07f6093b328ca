"""Complete an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class CompleteExperiment:
    """It has ended as planned."""

    experiment_id: UUID
    scope: Scope
    at: datetime


async def complete_experiment(command: CompleteExperiment, work: Work) -> int:
    """End it as planned; its evaluation may be written (R085). Returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        experiment, event = experiment.complete(at=command.at)
        await work.publish(experiment.id, event)
        return await work.experiments.save(experiment)
