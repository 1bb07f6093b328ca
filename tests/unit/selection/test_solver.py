"""The exact solver: never worse than trying everything, and honest about what is short."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.selection.domain.allocation import Bounds, Pair, Problem, check
from services.selection.domain.errors import NoAnswerInTime
from services.selection.gateways.solver import HighsSolver, solve
from tests.builders.selection import a_problem

SECONDS = 10


def every_allocation(problem: Problem) -> Iterator[frozenset[Pair]]:
    homes = [(None, *problem.communes)] * len(problem.proposals)
    for chosen in product(*homes):
        pairs = frozenset(Pair(p, c) for p, c in zip(problem.proposals, chosen, strict=True) if c is not None)
        if not problem.broken_rules(pairs):
            yield pairs


def best_by_trying_everything(problem: Problem) -> tuple[int, int, int]:
    reached = map(problem.objective, every_allocation(problem))
    shortage, total, least = min((shortage, -total, -least) for shortage, total, least in reached)
    return shortage, -total, -least


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    rows, columns = draw(st.integers(0, 4)), draw(st.integers(1, 3))
    values = draw(
        st.lists(st.lists(st.integers(0, 6), min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )
    minimum = draw(st.integers(0, 3))
    bounds = Bounds(minimum, draw(st.integers(minimum, 4)), projects_max=draw(st.none() | st.integers(1, 5)))
    cells = st.tuples(st.integers(0, max(0, rows - 1)), st.integers(0, columns - 1))
    incompatible = draw(st.sets(cells, max_size=3)) if rows else set()
    frozen = draw(st.sets(cells, max_size=1)) - incompatible if rows and bounds.maximum else set()
    return a_problem(values, bounds, frozen=frozen, incompatible=incompatible) if rows else a_problem([], bounds)


@given(problems())
def test_the_solver_is_never_worse_than_trying_everything(problem: Problem) -> None:
    problem.require_consistent()
    answer = solve(problem, SECONDS)
    check(problem, answer)

    assert answer.optimal
    assert problem.objective(answer.pairs) == best_by_trying_everything(problem)


def test_nineteen_projects_and_three_communes_make_six_six_and_seven() -> None:
    problem = a_problem([[(7 * row + 13 * column) % 20 for column in range(3)] for row in range(19)])
    answer = solve(problem, SECONDS)

    homes = sorted([pair.commune for pair in answer.pairs].count(commune) for commune in problem.communes)
    assert (homes, answer.optimal) == ([6, 6, 7], True)


def test_a_shortage_is_shown() -> None:
    problem = a_problem([[5, 5, 5] for _ in range(10)])
    answer = solve(problem, SECONDS)

    assert sum(problem.shortages(answer.pairs).values()) == 8


def test_less_shortage_is_worth_more_than_any_interest() -> None:
    problem = a_problem([[1000, 0], [1000, 0]], Bounds(minimum=1, maximum=2))
    answer = solve(problem, SECONDS)

    assert problem.objective(answer.pairs) == (0, 1000, 0)


def test_between_equal_totals_the_least_served_commune_is_served_better() -> None:
    problem = a_problem([[9, 9], [1, 1], [1, 1], [9, 9]], Bounds(minimum=2, maximum=2))
    answer = solve(problem, SECONDS)

    assert problem.objective(answer.pairs) == (0, 20, 10)


def test_a_wave_without_proposals_is_all_shortage() -> None:
    answer = solve(a_problem([]), SECONDS)

    assert [(level.name, level.value) for level in answer.levels] == [("shortage", 18), ("total", 0), ("fairness", 0)]


def test_without_time_there_is_no_answer() -> None:
    problem = a_problem([[(7 * row + 13 * column) % 20 for column in range(3)] for row in range(40)])

    with pytest.raises(NoAnswerInTime):
        solve(problem, 0.0)


async def test_solving_leaves_the_event_loop_free() -> None:
    problem = a_problem([[1, 2], [2, 1]], Bounds(1, 1))
    answer = await HighsSolver().solve(problem)

    assert problem.objective(answer.pairs) == (0, 4, 2)
