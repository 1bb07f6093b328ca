"""Grant a resource to an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.assess_experiments import assess
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class GrantResource:
    """The commune provides what was requested."""

    experiment_id: UUID
    request_id: UUID
    scope: Scope
    at: datetime


async def grant_resource(command: GrantResource, work: Work) -> int:
    """Provide it (R111); the last one needed may make the experiment ready. Returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        experiment, event = experiment.grant_resource(command.request_id, at=command.at)
        await work.publish(experiment.id, event)
        agreement = await work.agreements.standing(experiment.agreement_id)
        return await work.experiments.save(await assess(experiment, agreement, command.at, work))
