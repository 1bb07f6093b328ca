"""Start to structure an experiment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class StartStructuring:
    """Begin at this instant."""

    experiment_id: UUID
    scope: Scope
    at: datetime


async def start_structuring(command: StartStructuring, work: Work) -> int:
    """Begin the methodical work with the holder and the commune (R071); returns the new version."""
    async with work:
        experiment = await work.experiments.get(command.experiment_id, command.scope)
        experiment, event = experiment.start_structuring(at=command.at)
        await work.publish(experiment.id, event)
        return await work.experiments.save(experiment)
