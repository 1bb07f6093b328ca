"""Analysis: renormalised means, dispersion, harshness, agreement, and the published rule for ties."""

from fractions import Fraction
from math import sqrt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.selection.domain.analysis import agreement, analyse, weighted_mean
from services.selection.domain.review import Review
from tests.builders.selection import CHAIR, CRITERIA, MEMBER, OTHER, a_review, file

SCORES = st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=5, max_size=5)


def means(*reviews: Review, candidatures: int = 2) -> list[tuple[UUID, int | None, Fraction | None]]:
    found = analyse([file(n + 1) for n in range(candidatures)], reviews, CRITERIA)
    return [(standing.candidature_id, standing.rank, standing.mean) for standing in found.standings]


def test_the_mean_is_weighted() -> None:
    scores = {"challenge": 5, "policies": 0, "resources": 0, "teams": 0, "partners": 0}

    assert weighted_mean(scores, CRITERIA) == Fraction(15, 10)


def test_what_does_not_apply_is_left_out_and_is_not_a_zero() -> None:
    scores = {"challenge": 4, "policies": None, "resources": 4, "teams": 4, "partners": 4}

    assert weighted_mean(scores, CRITERIA) == 4


def test_nothing_applicable_has_no_mean() -> None:
    assert weighted_mean(dict.fromkeys(c.code for c in CRITERIA), CRITERIA) is None


@given(SCORES)
def test_a_mean_stays_between_the_lowest_and_the_highest_score(scores: list[int | None]) -> None:
    mean = weighted_mean(dict(zip((c.code for c in CRITERIA), scores, strict=True)), CRITERIA)
    applicable = [score for score in scores if score is not None]

    assert mean is None if not applicable else min(applicable) <= (mean or 0) <= max(applicable)


def test_candidatures_are_ranked_by_their_mean() -> None:
    assert means(a_review(1, CHAIR, 2, 2, 2, 2, 2), a_review(2, CHAIR, 4, 4, 4, 4, 4)) == [
        (file(2), 1, Fraction(4)),
        (file(1), 2, Fraction(2)),
    ]


def test_a_tie_is_broken_by_the_criteria_in_their_published_order() -> None:
    # Equal means of 2: the challenge, first criterion, decides.
    first, second = a_review(1, CHAIR, 2, 2, 2, 2, 2), a_review(2, CHAIR, 4, 0, 2, 2, 0)

    assert means(first, second) == [(file(2), 1, Fraction(2)), (file(1), 2, Fraction(2))]


def test_what_the_rule_leaves_tied_shares_its_rank() -> None:
    reviews = [a_review(n, CHAIR, 3, 3, 3, 3, 3) for n in (1, 2)] + [a_review(3, CHAIR, 1, 1, 1, 1, 1)]

    assert means(*reviews, candidatures=3) == [
        (file(1), 1, Fraction(3)),
        (file(2), 1, Fraction(3)),
        (file(3), 3, Fraction(1)),
    ]


def test_a_candidature_nobody_scored_comes_last_without_a_rank() -> None:
    assert means(a_review(2, CHAIR, 0, 0, 0, 0, 0)) == [(file(2), 1, Fraction(0)), (file(1), None, None)]


def test_dispersion_is_the_deviation_between_reviews() -> None:
    reviews = [a_review(1, CHAIR, 2, 2, 2, 2, 2), a_review(1, MEMBER, 4, 4, 4, 4, 4)]

    assert analyse([file(1)], reviews, CRITERIA).standings[0].dispersion == sqrt(1)


def test_harshness_compares_a_member_with_the_others_on_the_same_dossiers() -> None:
    reviews = [
        a_review(1, CHAIR, 2, 2, 2, 2, 2),
        a_review(1, MEMBER, 4, 4, 4, 4, 4),
        a_review(2, OTHER, 5, 5, 5, 5, 5),
    ]
    found = analyse([file(1), file(2)], reviews, CRITERIA).reviewers

    assert [(each.member_id, each.reviews, each.harshness) for each in found] == [
        (CHAIR, 1, Fraction(2)),
        (MEMBER, 1, Fraction(-2)),
        (OTHER, 1, None),
    ]


def row(*values: int) -> dict[UUID, Fraction]:
    return {UUID(int=index): Fraction(value) for index, value in enumerate(values)}


def test_unanimous_reviewers_agree_wholly() -> None:
    assert agreement([row(1, 1), row(5, 5)]) == 1.0


def test_agreement_is_that_of_krippendorff() -> None:
    # By hand: observed 1, expected 20/6, the mean squared gap between any two of 1, 2, 3 and 4.
    assert agreement([row(1, 2), row(4, 3)]) == pytest.approx(1 - 1 / (20 / 6))


def test_agreement_is_undefined_without_two_reviews_of_one_dossier() -> None:
    assert agreement([row(1), row(2)]) is None


def test_agreement_is_undefined_when_everything_is_equal() -> None:
    assert agreement([row(3, 3), row(3, 3)]) is None
