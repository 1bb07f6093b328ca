"""Evaluate an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.domain.evaluation import Evaluation
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope
from shared.kit.expectation import expect


@dataclass(frozen=True, slots=True)
class EvaluateExperiment:
    """This evaluation, by somebody who has read version `expected` of the experiment."""

    experiment_id: UUID
    evaluation: Evaluation
    expected: int
    scope: Scope
    at: datetime


async def evaluate_experiment(command: EvaluateExperiment, work: Work) -> int:
    """Conclude on the solution, each claim resting on reports of this experiment (R072); returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        expect(command.expected, of=experiment)
        reports = await work.reports.known(experiment.id)
        experiment, event = experiment.evaluate(command.evaluation, reports, at=command.at)
        await work.publish(experiment.id, event)
        return await work.experiments.save(experiment)
