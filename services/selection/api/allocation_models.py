"""Allocations as JSON."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.selection.domain.allocation import Bounds, Level, Pair
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.scenario import Request, Scenario
from shared.events.types import InseeCode
from shared.kit.api import Reason, StrictModel, View

Number = Annotated[int, Field(ge=0, le=1_000)]


class PairBody(StrictModel):
    """A project and a commune."""

    proposal_id: UUID
    commune: InseeCode

    def pair(self) -> Pair:
        """As the domain has it."""
        return Pair(self.proposal_id, self.commune)


class AllocationBody(StrictModel):
    """What the jury imposes on the solver; nothing said, the bounds are those of the call."""

    min: Annotated[Number | None, Field(description="Minimum souple par commune : le manque est affiché.")] = None
    max: Annotated[Number | None, Field(description="Maximum par commune.")] = None
    capacity: Annotated[dict[InseeCode, Number], Field(max_length=131, description="Maximum propre à une commune.")] = (
        Field(default_factory=dict)
    )
    projects_max: Annotated[Number | None, Field(description="Nombre total de projets à ne pas dépasser.")] = None
    frozen: Annotated[tuple[PairBody, ...], Field(max_length=1_000, description="Couples imposés.")] = ()
    incompatible: Annotated[tuple[PairBody, ...], Field(max_length=10_000, description="Couples exclus.")] = ()

    def request(self, round_: ProjectRound) -> Request:
        """As the domain has it."""
        return Request(
            bounds=Bounds(
                minimum=round_.projects_min if self.min is None else self.min,
                maximum=round_.projects_max if self.max is None else self.max,
                capacity=self.capacity or None,
                projects_max=self.projects_max,
            ),
            frozen=frozenset(each.pair() for each in self.frozen),
            incompatible=frozenset(each.pair() for each in self.incompatible),
        )


class AdoptionBody(StrictModel):
    """Which scenario becomes the decision, and why."""

    scenario_id: UUID
    reason: Reason


class PairView(View):
    """A project and the commune that would test it."""

    proposal_id: UUID
    commune: str

    @classmethod
    def of(cls, pair: Pair) -> "PairView":
        """From the domain."""
        return cls(proposal_id=pair.proposal_id, commune=pair.commune)


class LevelView(View):
    """One level of the objective: what is reached, what cannot be beaten, and the gap between them."""

    name: Annotated[str, Field(description="`shortage`, puis `total` et `fairness` (en centièmes de point).")]
    value: int
    bound: float | None
    gap: float | None
    optimal: bool

    @classmethod
    def of(cls, level: Level) -> "LevelView":
        """From the domain."""
        return cls(name=level.name, value=level.value, bound=level.bound, gap=level.gap, optimal=level.optimal)


class ScenarioView(View):
    """A computed allocation, with its proof and what it leaves short."""

    id: UUID
    round_id: UUID
    min: int
    max: int
    capacity: dict[str, int]
    projects_max: int | None
    frozen: list[PairView]
    incompatible: list[PairView]
    pairs: list[PairView]
    unallocated: list[UUID]
    projects: Annotated[dict[str, int], Field(description="Nombre de projets par commune.")]
    shortages: Annotated[dict[str, int], Field(description="Projets manquants au minimum, par commune.")]
    shortage: int
    optimal: Annotated[bool, Field(description="Aucune meilleure répartition n'existe : c'est prouvé.")]
    levels: list[LevelView]
    computed_at: datetime

    @classmethod
    def of(cls, scenario: Scenario) -> "ScenarioView":
        """From the domain."""
        request, answer = scenario.request, scenario.answer
        homes = [pair.commune for pair in answer.pairs]
        return cls(
            id=scenario.id,
            round_id=scenario.round_id,
            min=request.bounds.minimum,
            max=request.bounds.maximum,
            capacity=dict(request.bounds.capacity or {}),
            projects_max=request.bounds.projects_max,
            frozen=[PairView.of(pair) for pair in sorted(request.frozen)],
            incompatible=[PairView.of(pair) for pair in sorted(request.incompatible)],
            pairs=[
                PairView.of(pair) for pair in sorted(answer.pairs, key=lambda pair: (pair.commune, pair.proposal_id))
            ],
            unallocated=list(scenario.unallocated),
            projects={commune: homes.count(commune) for commune in scenario.shortages},
            shortages=dict(scenario.shortages),
            shortage=sum(scenario.shortages.values()),
            optimal=answer.optimal,
            levels=[LevelView.of(level) for level in answer.levels],
            computed_at=scenario.computed_at,
        )
