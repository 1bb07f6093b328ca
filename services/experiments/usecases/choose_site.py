"""Choose the site of an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.domain.site import Site
from services.experiments.usecases.assess_experiments import assess
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope
from shared.kit.expectation import expect


@dataclass(frozen=True, slots=True)
class ChooseSite:
    """This site, by somebody who has read version `expected` of the experiment."""

    experiment_id: UUID
    site: Site
    expected: int
    scope: Scope
    at: datetime


async def choose_site(command: ChooseSite, work: Work) -> int:
    """Choose it, or another one, before the launch (R040); returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        changed, event = experiment.choose_site(command.site, at=command.at)
        if event is None:
            return experiment.version
        expect(command.expected, of=experiment)
        await work.publish(experiment.id, event)
        agreement = await work.agreements.standing(experiment.agreement_id)
        return await work.experiments.save(await assess(changed, agreement, command.at, work))
