"""The judge is judged: on each kind of broken history it must name the fault."""

from dataclasses import replace

import pytest

from tests.faults.checker import History, check

A, B = ("a", 1), ("a", 2)
SOUND = History(
    acknowledged=["one", "two"],
    refused=["three"],
    committed={"one": A, "two": B},
    sent=[A, B],
    applied=[A, B],
)


def test_a_sound_history_has_no_fault() -> None:
    assert check(SOUND).faults == {}


def test_a_record_sent_again_is_no_fault() -> None:
    assert check(replace(SOUND, sent=[A, B, A])).sound


def test_what_is_parked_or_dead_is_not_lost() -> None:
    assert check(replace(SOUND, applied=[], parked=[A], dead=[B])).sound


def test_an_attempt_with_unknown_outcome_may_be_committed() -> None:
    assert check(replace(SOUND, acknowledged=["one"])).sound


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (replace(SOUND, acknowledged=["one", "two", "four"]), "acknowledged to the client and not committed"),
        (replace(SOUND, refused=["two"]), "refused to the client and committed"),
        (replace(SOUND, sent=[A]), "committed and never sent"),
        (replace(SOUND, sent=[A, B, ("a", 3)]), "sent and never committed"),
        (replace(SOUND, applied=[A]), "lost: committed without effect"),
        (replace(SOUND, applied=[A, B, ("a", 3)]), "phantom: effect without commit"),
        (replace(SOUND, applied=[A, B, B]), "doubled: more than one effect"),
        (replace(SOUND, applied=[B, A]), "applied out of order"),
        (replace(SOUND, sent=[B, A]), "first sent out of order"),
        (replace(SOUND, waiting=1), "still in the outbox"),
        (
            replace(SOUND, committed={"one": A, "two": ("a", 3)}, sent=[A, ("a", 3)], applied=[A, ("a", 3)]),
            "versions with gaps",
        ),
    ],
)
def test_a_broken_history_is_named(broken: History, fault: str) -> None:
    assert list(check(broken).faults) == [fault]
