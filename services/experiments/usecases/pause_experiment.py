"""Pause an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class PauseExperiment:
    """Interrupt it, for this reason."""

    experiment_id: UUID
    reason: str
    scope: Scope
    at: datetime


async def pause_experiment(command: PauseExperiment, work: Work) -> int:
    """Interrupt it for a while; returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        experiment, event = experiment.pause(command.reason, at=command.at)
        await work.publish(experiment.id, event)
        return await work.experiments.save(experiment)
