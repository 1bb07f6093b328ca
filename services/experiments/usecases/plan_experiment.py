"""Plan the experiment of an allocated project."""

from dataclasses import dataclass
from datetime import datetime

from services.experiments.domain.errors import ExperimentConflict
from services.experiments.domain.experiment import Allocation, Experiment, experiment_id_of
from services.experiments.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class PlanExperiment:
    """The project goes to this commune."""

    allocation: Allocation
    at: datetime


async def plan_experiment(command: PlanExperiment, work: Work) -> None:
    """Plan it once, whether the agreement of the commune is drafted already or not (R007)."""
    async with work:
        existing = await work.experiments.find(experiment_id_of(command.allocation.proposal_id))
        if existing is not None:
            if existing.allocation.commune != command.allocation.commune:
                raise ExperimentConflict
            return
        experiment, event = Experiment.plan(command.allocation, at=command.at)
        await work.experiments.add(experiment)
        await work.publish(experiment.id, event)
