"""Conflicts of interests: declared or evident, lifted by the chair alone."""

from dataclasses import replace

import pytest

from services.selection.domain.declaration import Declaration, Interests
from services.selection.domain.errors import ConflictOfInterest, ConflictStands, NoConflictToLift, NotTheChair
from services.selection.domain.panel import Member
from tests.builders.selection import CHAIR, MEMBER, REVIEWED_AT, ROUND, UNSEALED_AT, a_candidature, clear, file


def conflicted() -> Interests:
    return replace(clear(), declared=clear().declare(conflict=True, reason="Un proche.", at=REVIEWED_AT))


def evident() -> Interests:
    return replace(clear(), same_body=True)


def test_a_declared_conflict_blocks() -> None:
    with pytest.raises(ConflictOfInterest):
        conflicted().require_clear()


def test_a_declaration_without_conflict_does_not_block() -> None:
    stated = replace(clear(), declared=clear().declare(conflict=False, reason=None, at=REVIEWED_AT))

    assert not stated.blocked


def test_ones_own_commune_blocks_without_any_declaration() -> None:
    assert evident().blocked


def test_denying_an_evident_conflict_does_not_remove_it() -> None:
    denied = evident().declare(conflict=False, reason=None, at=REVIEWED_AT)

    assert denied == Declaration(ROUND, file(1), MEMBER, True, True, None, REVIEWED_AT)


def test_a_member_does_not_take_a_declared_conflict_back() -> None:
    with pytest.raises(ConflictStands):
        conflicted().declare(conflict=False, reason=None, at=UNSEALED_AT)


def test_the_chair_lifts_a_declared_conflict() -> None:
    lifted = conflicted().lift(by=CHAIR, reason="Sans rapport.", at=UNSEALED_AT)

    assert not replace(clear(), declared=lifted).blocked


def test_the_chair_lifts_an_evident_conflict_nobody_declared() -> None:
    lifted = evident().lift(by=CHAIR, reason="A quitté la commune.", at=UNSEALED_AT)

    assert not replace(evident(), declared=lifted).blocked


def test_nobody_lifts_ones_own_conflict() -> None:
    with pytest.raises(NotTheChair):
        conflicted().lift(by=MEMBER, reason="Sans rapport.", at=UNSEALED_AT)


def test_there_must_be_a_conflict_to_lift() -> None:
    with pytest.raises(NoConflictToLift):
        clear().lift(by=CHAIR, reason="Sans rapport.", at=UNSEALED_AT)


def test_a_lifted_conflict_stays_lifted_when_the_member_confirms() -> None:
    lifted = conflicted().lift(by=CHAIR, reason="Sans rapport.", at=UNSEALED_AT)

    assert replace(clear(), declared=lifted).declare(conflict=False, reason=None, at=UNSEALED_AT) == lifted


def test_a_new_conflict_after_a_lifting_blocks_again() -> None:
    lifted = conflicted().lift(by=CHAIR, reason="Sans rapport.", at=UNSEALED_AT)
    again = replace(clear(), declared=lifted).declare(conflict=True, reason="Un contrat.", at=UNSEALED_AT)

    assert replace(clear(), declared=again).blocked


def test_a_conflict_that_became_evident_after_a_denial_blocks() -> None:
    denied = clear().declare(conflict=False, reason=None, at=REVIEWED_AT)

    assert replace(evident(), declared=denied).blocked


@pytest.mark.parametrize(
    ("organisation", "likely"),
    [
        ("93001", "same_commune"),
        ("93066", "same_territory"),
        ("200057867", "same_territory"),
        ("91027", None),
        ("75056", None),
        ("paris-and-co", None),
    ],
)
def test_likely_conflicts_are_suggested(organisation: str, likely: str | None) -> None:
    member = Member(MEMBER, organisation)

    assert a_candidature(commune="93001").likely_conflict(member) == likely
