"""Request a resource of the commune."""

from dataclasses import dataclass
from uuid import UUID

from services.experiments.domain.resource import ResourceRequest
from services.experiments.usecases.assess_experiments import assess
from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class RequestResource:
    """This request, for this experiment."""

    experiment_id: UUID
    request: ResourceRequest
    scope: Scope


async def request_resource(command: RequestResource, work: Work) -> None:
    """Ask for it (R111); an experiment that was ready waits for the answer."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        experiment, event = experiment.request_resource(command.request)
        await work.publish(experiment.id, event)
        agreement = await work.agreements.standing(experiment.agreement_id)
        await work.experiments.save(await assess(experiment, agreement, command.request.requested_at, work))
