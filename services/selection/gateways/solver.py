"""The exact solver: HiGHS, run level by level in a thread of its own."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import isfinite
from typing import Any

import highspy
import numpy as np

from services.selection.domain.allocation import LEVELS, Answer, Level, Pair, Problem
from services.selection.domain.errors import NoAnswerInTime

# All values are whole: a bound less than half a point away is a proof.
_WITHIN = 0.4
_NO_LIMIT = highspy.kHighsInf


class HighsSolver:
    """Solves allocations to proven optimality, or says how far from it; one at a time."""

    def __init__(self, *, seconds_per_level: float = 10.0) -> None:
        self._seconds = seconds_per_level
        self._turn = asyncio.Semaphore(1)

    async def solve(self, problem: Problem) -> Answer:
        """The best allocation of a consistent problem; NoAnswerInTime when not even one was found."""
        async with self._turn:
            return await asyncio.to_thread(solve, problem, self._seconds)


def solve(problem: Problem, seconds: float) -> Answer:
    """Least shortage, then the greatest total, then the greatest worth of the least served commune."""
    model = _Model(problem)
    highs = _loaded(model, problem)
    solved: list[tuple[float, float, bool]] = []
    for level in range(len(LEVELS)):
        _aim(highs, model, level)
        highs.setOptionValue("time_limit", highs.getRunTime() + seconds)
        highs.run()
        solved.append(_outcome(highs))
        _hold(highs, model, level, round(solved[-1][0]))
    chosen = np.asarray(highs.getSolution().col_value)[: len(model.pairs)] > 0.5
    pairs = frozenset(pair for pair, kept in zip(model.pairs, chosen, strict=True) if kept)
    return Answer(pairs, tuple(_levels(problem.objective(pairs), solved)))


@dataclass
class _Model:
    """Columns: one binary per open pair, one shortage per commune, the worth of the least served commune."""

    problem: Problem
    pairs: tuple[Pair, ...] = ()
    rows: list[Mapping[int, float]] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    level_rows: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        problem, self.pairs = self.problem, self.problem.open_pairs
        by_proposal, by_commune = defaultdict(list), defaultdict(list)
        for column, pair in enumerate(self.pairs):
            by_proposal[pair.proposal_id].append(column)
            by_commune[pair.commune].append(column)
        for columns in by_proposal.values():
            self._row(dict.fromkeys(columns, 1.0), upper=1)
        for index, commune in enumerate(problem.communes):
            here = by_commune[commune]
            self._row(dict.fromkeys(here, 1.0), upper=problem.bounds.of(commune))
            self._row({**dict.fromkeys(here, 1.0), self.shortage + index: 1.0}, lower=problem.bounds.minimum)
            self._row({**{i: self.worth(i) for i in here}, self.least: -1.0}, lower=0)
        if problem.bounds.projects_max is not None:
            self._row(dict.fromkeys(range(len(self.pairs)), 1.0), upper=problem.bounds.projects_max)
        for level in range(len(LEVELS)):
            self.level_rows.append(len(self.rows))
            self._row({column: weight for column, weight in enumerate(self.aim(level)) if weight})

    @property
    def shortage(self) -> int:
        """The first shortage column."""
        return len(self.pairs)

    @property
    def least(self) -> int:
        """The column of the least served commune's worth."""
        return self.shortage + len(self.problem.communes)

    def worth(self, column: int) -> float:
        """What a pair is worth."""
        return float(self.problem.values[self.pairs[column]])

    def aim(self, level: int) -> list[float]:
        """The costs of a level over all columns."""
        costs = [0.0] * (self.least + 1)
        if level == 0:
            costs[self.shortage : self.least] = [1.0] * len(self.problem.communes)
        elif level == 1:
            costs[: self.shortage] = [self.worth(i) for i in range(self.shortage)]
        else:
            costs[self.least] = 1.0
        return costs

    def _row(self, entries: Mapping[int, float], *, lower: float = -_NO_LIMIT, upper: float = _NO_LIMIT) -> None:
        self.rows.append(entries)
        self.lower.append(lower)
        self.upper.append(upper)


def _loaded(model: _Model, problem: Problem) -> Any:
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": _WITHIN,
        "random_seed": 0,
    }.items():
        highs.setOptionValue(option, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.least + 1, len(model.rows)
    lp.col_cost_ = np.zeros(lp.num_col_)
    lp.col_lower_ = np.array([float(pair in problem.frozen) for pair in model.pairs] + [0.0] * _others(model))
    lp.col_upper_ = np.array([1.0] * len(model.pairs) + [_NO_LIMIT] * _others(model))
    lp.row_lower_, lp.row_upper_ = np.array(model.lower), np.array(model.upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([0, *accumulate(map(len, model.rows))])
    lp.a_matrix_.index_ = np.array([column for row in model.rows for column in row], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([weight for row in model.rows for weight in row.values()], dtype=float)
    whole = [highspy.HighsVarType.kInteger] * len(model.pairs)
    lp.integrality_ = whole + [highspy.HighsVarType.kContinuous] * _others(model)
    highs.passModel(lp)
    return highs


def _others(model: _Model) -> int:
    return len(model.problem.communes) + 1


def _aim(highs: Any, model: _Model, level: int) -> None:
    costs = np.array(model.aim(level))
    highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
    sense = highspy.ObjSense.kMinimize if level == 0 else highspy.ObjSense.kMaximize
    highs.changeObjectiveSense(sense)


def _hold(highs: Any, model: _Model, level: int, value: int) -> None:
    lower, upper = (-_NO_LIMIT, float(value)) if level == 0 else (float(value), _NO_LIMIT)
    found = highs.getSolution()
    highs.changeRowBounds(model.level_rows[level], lower, upper)
    highs.setSolution(found)


def _outcome(highs: Any) -> tuple[float, float, bool]:
    info = highs.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        raise NoAnswerInTime
    optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    value = info.objective_function_value
    # Without any pair nothing is whole: the problem is linear, and its optimum is its own bound.
    bound = info.mip_dual_bound if info.mip_node_count >= 0 else value
    return value, bound, optimal


def _levels(reached: tuple[int, int, int], solved: Iterable[tuple[float, float, bool]]) -> Iterable[Level]:
    for name, value, (_, bound, optimal) in zip(LEVELS, reached, solved, strict=True):
        known = bound if isfinite(bound) else None
        gap = None if known is None else abs(known - value) / max(1.0, abs(value))
        yield Level(name, value, known, gap, optimal)
