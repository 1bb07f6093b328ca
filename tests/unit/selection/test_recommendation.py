"""Every candidature ends in exactly one list."""

from dataclasses import replace

import pytest

from services.selection.domain.errors import InvalidRecommendation
from services.selection.domain.recommendation import Place
from shared.events.types import Outcome
from tests.builders.selection import a_ballot, file

ALL = [file(1), file(2), file(3)]


def test_each_candidature_gets_its_place_in_the_order_given() -> None:
    reason = ("Motif inventé.",)

    assert a_ballot([2], [3, 1]).places(ALL) == (
        Place(file(2), Outcome.SELECTED, 1, reason),
        Place(file(3), Outcome.WAITLISTED, 1, reason),
        Place(file(1), Outcome.WAITLISTED, 2, reason),
    )


def test_those_not_selected_have_no_rank() -> None:
    assert a_ballot([], [], [1]).places([file(1)]) == (Place(file(1), Outcome.NOT_SELECTED, None, ("Motif inventé.",)),)


@pytest.mark.parametrize(
    ("lists", "code"),
    [
        (([1], [2], []), "missing"),
        (([1], [2], [3, 4]), "unknown"),
        (([1, 2], [2], [3]), "repeated"),
        (([1, 1], [2], [3]), "repeated"),
    ],
)
def test_no_candidature_is_forgotten_repeated_or_invented(lists: tuple[list[int], ...], code: str) -> None:
    ballot = a_ballot(*lists)
    ballot = replace(ballot, reasons={**ballot.reasons, file(3): ("Motif inventé.",)})

    with pytest.raises(InvalidRecommendation) as refused:
        ballot.places(ALL)

    assert [error.code for error in refused.value.errors] == [code]


def test_no_candidature_goes_without_reasons() -> None:
    with pytest.raises(InvalidRecommendation) as refused:
        replace(a_ballot([1], [2], [3]), reasons={file(1): ("Motif.",), file(2): ("Motif.",)}).places(ALL)

    assert [(error.pointer, error.code) for error in refused.value.errors] == [(f"/reasons/{file(3)}", "no_reason")]
