"""The allocation problem: its values, its consistency, and the check that trusts no solver."""

from dataclasses import replace
from typing import Any

import pytest

from services.selection.domain.allocation import AllocationUnsound, Answer, Bounds, Level, Pair, check
from services.selection.domain.errors import InvalidAllocation
from services.selection.domain.proposal import pair_value
from tests.builders.selection import a_problem, a_proposal, file

VALUES = [[10, 20], [30, 40], [50, 60]]
ONE_EACH = Bounds(minimum=1, maximum=2)


def an_answer(*cells: tuple[int, int], levels: tuple[int, int, int]) -> Answer:
    pairs = frozenset(Pair(file(row), f"930{column:02d}") for row, column in cells)
    names = ("shortage", "total", "fairness")
    return Answer(pairs, tuple(Level(n, v, float(v), 0.0, True) for n, v in zip(names, levels, strict=True)))


GOOD = an_answer((0, 0), (1, 0), (2, 1), levels=(0, 100, 40))


@pytest.mark.parametrize(
    ("ranked", "interest", "scores", "value"),
    [
        (("93001",), 5, [5, 5], 2000),
        (("91027", "93001"), 5, [5, 5], 1900),
        ((), 0, [0], 0),
        ((), 3, [2, 3], 800),
        ((*(f"9200{n}" for n in range(8)), "93001"), 0, [0], 100),
        ((), 1, [], 100),
    ],
)
def test_a_pair_is_worth_mutual_interest_and_jury_score(
    ranked: tuple[str, ...], interest: int, scores: list[int], value: int
) -> None:
    assert pair_value(a_proposal(ranked_communes=ranked), "93001", interest, scores, scale_max=5) == value


def test_a_sound_answer_passes() -> None:
    check(a_problem(VALUES, ONE_EACH), GOOD)


def test_shortage_is_counted_commune_by_commune() -> None:
    problem = a_problem(VALUES, Bounds(minimum=2, maximum=3))

    assert problem.shortages(GOOD.pairs) == {"93000": 0, "93001": 1}


@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        (a_problem(VALUES, ONE_EACH), an_answer((0, 0), (0, 1), levels=(0, 30, 10))),
        (a_problem(VALUES, Bounds(0, 1)), an_answer((0, 0), (1, 0), levels=(0, 40, 0))),
        (a_problem(VALUES, ONE_EACH, frozen=[(0, 1)]), GOOD),
        (a_problem(VALUES, ONE_EACH, incompatible=[(0, 0)]), GOOD),
        (a_problem(VALUES, replace(ONE_EACH, projects_max=2)), GOOD),
        (a_problem(VALUES, replace(ONE_EACH, capacity={"93000": 1})), GOOD),
        (a_problem(VALUES, ONE_EACH), replace(GOOD, levels=(*GOOD.levels[:2], Level("fairness", 39, 39, 0, True)))),
        (a_problem(VALUES, ONE_EACH), replace(GOOD, levels=(*GOOD.levels[:2], Level("fairness", 40, 41, 0, True)))),
        (a_problem(VALUES, ONE_EACH), replace(GOOD, levels=(*GOOD.levels[:2], Level("fairness", 40, None, 0, True)))),
    ],
    ids=[
        "two homes",
        "over maximum",
        "not frozen",
        "incompatible",
        "over total",
        "capacity",
        "false",
        "open",
        "unknown",
    ],
)
def test_an_unsound_answer_never_becomes_a_scenario(problem: Any, answer: Answer) -> None:
    with pytest.raises(AllocationUnsound):
        check(problem, answer)


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (a_problem(VALUES, Bounds(3, 2)), "below_minimum"),
        (a_problem(VALUES, Bounds(1, 2, {"75056": 1})), "unknown"),
        (a_problem(VALUES, Bounds(1, 2, None, 1), frozen=[(0, 0), (1, 0)]), "over_total"),
        (a_problem(VALUES, ONE_EACH, frozen=[(0, 0)], incompatible=[(0, 0)]), "incompatible"),
        (a_problem(VALUES, ONE_EACH, frozen=[(0, 0), (0, 1)]), "repeated"),
        (a_problem(VALUES, Bounds(0, 1), frozen=[(0, 0), (1, 0)]), "over_capacity"),
        (replace(a_problem(VALUES, ONE_EACH), frozen=frozenset({Pair(file(9), "93000")})), "unknown"),
        (replace(a_problem(VALUES, ONE_EACH), communes=()), "no_commune"),
    ],
)
def test_contradictions_are_named(problem: Any, code: str) -> None:
    with pytest.raises(InvalidAllocation) as refused:
        problem.require_consistent()

    assert [error.code for error in refused.value.errors] == [code]


@pytest.mark.parametrize(
    "other",
    [
        a_problem([[10, 20], [30, 40], [50, 61]], ONE_EACH),
        a_problem([*VALUES, [0, 0]], ONE_EACH),
        a_problem(VALUES, Bounds(1, 3)),
        a_problem(VALUES, ONE_EACH, frozen=[(0, 0)]),
        a_problem(VALUES, ONE_EACH, incompatible=[(0, 0)]),
    ],
)
def test_other_inputs_have_another_fingerprint(other: Any) -> None:
    assert other.digest != a_problem(VALUES, ONE_EACH).digest


def test_the_same_inputs_have_the_same_fingerprint() -> None:
    assert a_problem(VALUES, ONE_EACH).digest == a_problem(VALUES, ONE_EACH).digest
