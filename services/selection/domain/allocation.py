"""The territorial allocation: which project goes where, as a problem for an exact solver and a check of its answer.

Objective, in order: least shortage; then the total of mutual interest and jury score; then the least served commune.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from services.selection.domain.errors import InvalidAllocation
from shared.kit.refusals import FieldError

LEVELS = ("shortage", "total", "fairness")


class Pair(NamedTuple):
    """A proposal and the commune that would test it."""

    proposal_id: UUID
    commune: str


class AllocationUnsound(Exception):
    """The solver's answer breaks the rules it was given: a fault of ours, never shown as a scenario."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """6 to 8 projects per commune by default (R019); capacities lower a maximum, `projects_max` caps the whole."""

    minimum: int = 6
    maximum: int = 8
    capacity: Mapping[str, int] | None = None
    projects_max: int | None = None

    def of(self, commune: str) -> int:
        """The most this commune can take."""
        return min(self.maximum, (self.capacity or {}).get(commune, self.maximum))


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything the solver needs; values are whole hundredths of a point."""

    communes: tuple[str, ...]
    proposals: tuple[UUID, ...]
    values: Mapping[Pair, int]
    bounds: Bounds
    frozen: frozenset[Pair] = frozenset()
    incompatible: frozenset[Pair] = frozenset()

    @property
    def open_pairs(self) -> tuple[Pair, ...]:
        """The pairs the solver may use, in a stable order."""
        pairs = (Pair(proposal, commune) for proposal in self.proposals for commune in self.communes)
        return tuple(pair for pair in pairs if pair not in self.incompatible)

    @property
    def digest(self) -> str:
        """A fingerprint of the inputs: a scenario is worth what its inputs are still worth."""
        parts = (
            *self.communes,
            *(f"{pair.proposal_id} {pair.commune} {self.values[pair]}" for pair in sorted(self.values)),
            f"{self.bounds.minimum} {self.bounds.projects_max} {[self.bounds.of(c) for c in self.communes]}",
            *(f"+{pair.proposal_id} {pair.commune}" for pair in sorted(self.frozen)),
            *(f"-{pair.proposal_id} {pair.commune}" for pair in sorted(self.incompatible)),
        )
        return sha256("\n".join(parts).encode()).hexdigest()

    def require_consistent(self) -> None:
        """Refuse bounds and imposed pairs that contradict each other, naming each."""
        if errors := [*self._bound_errors(), *self._pair_errors()]:
            raise InvalidAllocation(errors)

    def shortages(self, pairs: frozenset[Pair]) -> dict[str, int]:
        """For each commune, how many projects are missing to the minimum: shown, never hidden."""
        served = Counter(pair.commune for pair in pairs)
        return {commune: max(0, self.bounds.minimum - served[commune]) for commune in self.communes}

    def objective(self, pairs: frozenset[Pair]) -> tuple[int, int, int]:
        """(shortage, total value, value of the least served commune): the first lower, the others higher, is better."""
        worth = {commune: sum(self.values[p] for p in pairs if p.commune == commune) for commune in self.communes}
        return sum(self.shortages(pairs).values()), sum(worth.values()), min(worth.values())

    def broken_rules(self, pairs: frozenset[Pair]) -> list[str]:
        """The rules a set of pairs breaks, in words; empty when it is sound."""
        homes = Counter(pair.proposal_id for pair in pairs)
        served = Counter(pair.commune for pair in pairs)
        faults = [f"{proposal} goes to {times} communes" for proposal, times in homes.items() if times > 1]
        faults += [f"{c} takes {served[c]} projects" for c in self.communes if served[c] > self.bounds.of(c)]
        faults += [f"{pair} is not one of the open pairs" for pair in pairs - frozenset(self.open_pairs)]
        faults += [f"{pair} is frozen and missing" for pair in self.frozen - pairs]
        if self.bounds.projects_max is not None and len(pairs) > self.bounds.projects_max:
            faults.append(f"{len(pairs)} projects in all")
        return faults

    def _bound_errors(self) -> list[FieldError]:
        errors = []
        if not self.communes:
            errors.append(FieldError("", "no_commune", "Cette vague n'a aucune commune."))
        if self.bounds.minimum > self.bounds.maximum:
            errors.append(FieldError("/max", "below_minimum", "Le maximum est inférieur au minimum."))
        for commune in sorted((self.bounds.capacity or {}).keys() - set(self.communes)):
            errors.append(FieldError(f"/capacity/{commune}", "unknown", f"La commune {commune} n'est pas de la vague."))
        if self.bounds.projects_max is not None and len(self.frozen) > self.bounds.projects_max:
            errors.append(
                FieldError("/frozen", "over_total", "Trop de couples imposés pour le nombre total de projets.")
            )
        return errors

    def _pair_errors(self) -> list[FieldError]:
        known = {Pair(proposal, commune) for proposal in self.proposals for commune in self.communes}
        errors = [
            FieldError("/frozen", "unknown", f"Couple inconnu : {pair.proposal_id}, {pair.commune}.")
            for pair in sorted((self.frozen | self.incompatible) - known)
        ]
        for pair in sorted(self.frozen & self.incompatible):
            errors.append(FieldError("/frozen", "incompatible", f"Couple imposé et exclu : {pair.proposal_id}."))
        for proposal, times in Counter(pair.proposal_id for pair in self.frozen).items():
            if times > 1:
                errors.append(FieldError("/frozen", "repeated", f"Projet imposé à plusieurs communes : {proposal}."))
        for commune, times in Counter(pair.commune for pair in self.frozen).items():
            if times > self.bounds.of(commune):
                errors.append(FieldError("/frozen", "over_capacity", f"Trop de projets imposés à {commune}."))
        return errors


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the objective as solved: what was reached, what cannot be beaten (None: unknown), and the proof."""

    name: str
    value: int
    bound: float | None
    gap: float | None
    optimal: bool

    @property
    def closed(self) -> bool:
        """Whether the bound proves the value: all values are whole, so less than half a point away is a proof."""
        return self.bound is not None and abs(self.bound - self.value) < 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver proposes, with its proof level by level."""

    pairs: frozenset[Pair]
    levels: tuple[Level, ...]

    @property
    def optimal(self) -> bool:
        """Whether no better allocation exists, at any level."""
        return all(level.optimal for level in self.levels)


def check(problem: Problem, answer: Answer) -> None:
    """Verify the answer without trusting the solver: rules kept, values true, proof closed; AllocationUnsound."""
    faults = problem.broken_rules(answer.pairs)
    claimed = tuple(level.value for level in answer.levels)
    reached = problem.objective(answer.pairs)
    if claimed != reached:
        faults.append(f"claimed {claimed}, reached {reached}")
    faults += [f"{e.name}: bound {e.bound}" for e in answer.levels if e.optimal and not e.closed]
    if faults:
        raise AllocationUnsound("; ".join(faults))


def missing_scores(proposals: Sequence[UUID], scores: Mapping[UUID, Sequence[int]]) -> int:
    """How many proposals the jury has not scored at all."""
    return sum(not scores.get(proposal) for proposal in proposals)
