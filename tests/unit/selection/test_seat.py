"""A seat binds its holder, whatever other role the holder has."""

from uuid import UUID

import pytest

from services.selection.domain.seat import Caller
from shared.kit.refusals import NotFound
from tests.builders.selection import CHAIR, MEMBER, a_panel, person

STRANGER = person(9)


@pytest.mark.parametrize(
    ("caller", "seat"),
    [
        (Caller(MEMBER), MEMBER),
        (Caller(MEMBER, oversight=True), MEMBER),
        (Caller(STRANGER, oversight=True), None),
    ],
)
def test_a_seat_binds_even_the_programme_team(caller: Caller, seat: UUID | None) -> None:
    assert caller.seat(a_panel()) == seat


def test_the_round_does_not_exist_for_a_stranger() -> None:
    with pytest.raises(NotFound):
        Caller(STRANGER).seat(a_panel())


@pytest.mark.parametrize(
    ("caller", "decider"),
    [
        (Caller(CHAIR), CHAIR),
        (Caller(CHAIR, oversight=True), CHAIR),
        (Caller(MEMBER), MEMBER),
        (Caller(MEMBER, oversight=True), None),
        (Caller(STRANGER, oversight=True), None),
    ],
)
def test_one_decides_as_the_chair_or_as_the_programme_team(caller: Caller, decider: UUID | None) -> None:
    assert caller.decider(a_panel()) == decider
