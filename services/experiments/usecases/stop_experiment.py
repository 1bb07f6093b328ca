"""Stop an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class StopExperiment:
    """End it now, for this reason."""

    experiment_id: UUID
    reason: str
    scope: Scope
    at: datetime


async def stop_experiment(command: StopExperiment, work: Work) -> int:
    """End it before its term; what was learnt may still be evaluated. Returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        experiment, event = experiment.stop(command.reason, at=command.at)
        await work.publish(experiment.id, event)
        return await work.experiments.save(experiment)
