"""Read what the experiments of all communes taught."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.domain.agreement import makes_laureate
from services.experiments.domain.errors import LaureatesOnly
from services.experiments.usecases.ports import Work
from services.experiments.usecases.read_models import Result
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ReadResults:
    """A page, the latest first, after the pair given; of one edition or one commune, or of all."""

    scope: Scope
    edition: int | None
    commune: str | None
    after: tuple[datetime, UUID] | None
    limit: int


async def read_results(command: ReadResults, work: Work) -> list[Result]:
    """Every laureate commune shares the results of all (R076); the others do not."""
    async with work:
        reader = command.scope.owner
        if reader is not None and not makes_laureate(await work.views.standings(reader)):
            raise LaureatesOnly
        return await work.views.results(
            edition=command.edition, commune=command.commune, after=command.after, limit=command.limit
        )
