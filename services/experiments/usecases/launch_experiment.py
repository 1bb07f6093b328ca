"""Launch an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.assess_experiments import assess
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class LaunchExperiment:
    """Launch it at this instant."""

    experiment_id: UUID
    scope: Scope
    at: datetime


async def launch_experiment(command: LaunchExperiment, work: Work) -> int:
    """Start in the street if nothing is missing, judged anew at this instant; returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        agreement = await work.agreements.standing(experiment.agreement_id)
        experiment = await assess(experiment, agreement, command.at, work)
        experiment, event = experiment.launch(agreement, at=command.at)
        await work.publish(experiment.id, event)
        return await work.experiments.save(experiment)
