"""Open the examination of the proposals of a wave."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.project_round import ProjectRound
from services.selection.usecases.ports import Work
from shared.kit.identity import derived_id

PROJECTS_MIN, PROJECTS_MAX = 6, 8


@dataclass(frozen=True, slots=True)
class OpenProjectRound:
    """The call of a wave has closed; without bounds of its own, 6 to 8 projects per commune (R019)."""

    call_id: UUID
    edition: int
    wave: int
    communes: tuple[str, ...]
    scale_max: int
    projects_min: int | None
    projects_max: int | None
    at: datetime


def project_round_id(call_id: UUID) -> UUID:
    """The identifier of the round of a call: the same however often it is told."""
    return derived_id("project-round", call_id)


async def open_project_round(command: OpenProjectRound, work: Work) -> None:
    """Proposals admitted before or after join the round by their call, in any order."""
    round_ = ProjectRound(
        id=project_round_id(command.call_id),
        call_id=command.call_id,
        edition=command.edition,
        wave=command.wave,
        communes=command.communes,
        scale_max=command.scale_max,
        projects_min=PROJECTS_MIN if command.projects_min is None else command.projects_min,
        projects_max=PROJECTS_MAX if command.projects_max is None else command.projects_max,
        opened_at=command.at,
    )
    async with work:
        await work.project_rounds.add(round_)
        await work.publish(round_.id, round_.opening)
