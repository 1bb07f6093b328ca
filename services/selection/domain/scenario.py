"""A scenario: one computed allocation, kept as it was computed, that people compare, and of which they adopt one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.allocation import Answer, Bounds, Pair, Problem
from services.selection.domain.errors import ScenarioOutdated


@dataclass(frozen=True, slots=True)
class Request:
    """What the jury asks for: bounds, pairs it imposes, pairs it excludes."""

    bounds: Bounds
    frozen: frozenset[Pair] = frozenset()
    incompatible: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Scenario:
    """An answer to a request, with the fingerprint of the scores and interests it was computed from."""

    id: UUID
    round_id: UUID
    request: Request
    answer: Answer
    shortages: Mapping[str, int]
    unallocated: tuple[UUID, ...]
    digest: str
    computed_at: datetime

    def require_current(self, problem: Problem) -> None:
        """Refuse to adopt what was computed from other scores, interests or proposals."""
        if problem.digest != self.digest:
            raise ScenarioOutdated


@dataclass(frozen=True, slots=True)
class Adoption:
    """Which scenario was adopted, why, when, and by which chair; `by` None is the programme team."""

    scenario_id: UUID
    reason: str
    by: UUID | None
    adopted_at: datetime


def scenario_of(
    problem: Problem, answer: Answer, *, id: UUID, round_id: UUID, request: Request, at: datetime
) -> Scenario:
    """The scenario of a checked answer, with what it leaves out."""
    placed = {pair.proposal_id for pair in answer.pairs}
    return Scenario(
        id=id,
        round_id=round_id,
        request=request,
        answer=answer,
        shortages=problem.shortages(answer.pairs),
        unallocated=tuple(proposal for proposal in problem.proposals if proposal not in placed),
        digest=problem.digest,
        computed_at=at,
    )
