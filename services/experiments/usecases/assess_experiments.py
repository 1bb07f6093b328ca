"""Assess again whether experiments are ready."""

from dataclasses import dataclass
from datetime import datetime

from services.experiments.domain.agreement import Agreement
from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.experiment import Experiment
from services.experiments.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class AssessExperiments:
    """The agreement they depend on has just changed."""

    agreement: Agreement
    at: datetime


async def assess_experiments(command: AssessExperiments, work: Work) -> None:
    """Assess every experiment of the commune, in the transaction of the change of its agreement."""
    agreement = command.agreement
    # All are held, not only those a change is expected of: one of them may be changing at this instant.
    for experiment in await work.experiments.of_commune(agreement.edition, agreement.commune):
        assessed = await assess(experiment, agreement.status, command.at, work)
        if assessed is not experiment:
            await work.experiments.save(assessed)


async def assess(experiment: Experiment, agreement: AgreementStatus | None, at: datetime, work: Work) -> Experiment:
    """The experiment as it is once assessed; says so when it has become ready, or has ceased to be."""
    assessed, event = experiment.assess(agreement, at=at)
    if event is not None:
        await work.publish(experiment.id, event)
    return assessed
