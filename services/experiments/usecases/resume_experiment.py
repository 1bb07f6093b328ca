"""Resume an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ResumeExperiment:
    """Run again from this instant."""

    experiment_id: UUID
    scope: Scope
    at: datetime


async def resume_experiment(command: ResumeExperiment, work: Work) -> int:
    """Run again after a pause; returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        experiment, event = experiment.resume(at=command.at)
        await work.publish(experiment.id, event)
        return await work.experiments.save(experiment)
