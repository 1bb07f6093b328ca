"""Panels: one chair, members only, a majority."""

import pytest

from services.selection.domain.errors import (
    ChairAlreadyNamed,
    EmptyPanel,
    NotAMember,
    NotTheChair,
    QuorumNotReached,
    UnknownMember,
)
from services.selection.domain.panel import NOBODY, Member
from tests.builders.selection import CHAIR, MEMBER, OTHER, a_panel, person


def test_a_seat_can_be_changed() -> None:
    panel = NOBODY.seat(Member(MEMBER, "paris-and-co")).seat(Member(MEMBER, "metropole-grand-paris"))

    assert panel.members == (Member(MEMBER, "metropole-grand-paris"),)


def test_a_panel_has_one_chair() -> None:
    with pytest.raises(ChairAlreadyNamed):
        a_panel().seat(Member(MEMBER, "paris-and-co", chair=True))


def test_the_chair_can_be_seated_again_as_chair() -> None:
    panel = a_panel().seat(Member(CHAIR, "paris-and-co", chair=True))

    assert panel.require_chair(CHAIR) == Member(CHAIR, "paris-and-co", chair=True)


def test_a_stranger_has_no_seat() -> None:
    with pytest.raises(NotAMember):
        a_panel().member(person(9))


def test_a_member_is_not_the_chair() -> None:
    with pytest.raises(NotTheChair):
        a_panel().require_chair(MEMBER)


@pytest.mark.parametrize(("members", "quorum"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_the_quorum_is_the_majority(members: int, quorum: int) -> None:
    panel = NOBODY
    for number in range(members):
        panel = panel.seat(Member(person(number), "paris-and-co"))

    assert panel.quorum == quorum


def test_a_member_named_twice_is_present_once() -> None:
    with pytest.raises(QuorumNotReached):
        a_panel().require_quorum([MEMBER, MEMBER])


def test_strangers_said_to_be_present_are_named() -> None:
    with pytest.raises(UnknownMember) as refused:
        a_panel().require_quorum([CHAIR, person(9), MEMBER])

    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/present/1", "unknown_member")]


def test_the_majority_makes_a_quorum() -> None:
    a_panel().require_quorum([MEMBER, OTHER])


def test_nobody_decides_nothing() -> None:
    with pytest.raises(EmptyPanel):
        NOBODY.require_quorum([])
