"""The judge is judged: on each kind of broken history it must name the fault."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.checker import History, Sample, check

A, B = ("a", 1), ("a", 2)
C = ("a", 3)
NOON, SECOND = datetime(2024, 1, 12, 12, tzinfo=UTC), timedelta(seconds=1)
SOUND = History(
    acknowledged=["one", "two"],
    refused=["three"],
    committed=[("one", A), ("two", B)],
    states={"a": 2},
    sent=[A, B],
    applied=[A, B],
    poison=["rot"],
    buried=["rot"],
    traces={"one": "t1", "two": "t2", "three": "t3"},
    effect_traces=[(A, "t1"), (B, "t2")],
    places={(0, 0): A, (0, 1): B, (0, 2): A},
    taken_at={A: NOON, B: NOON + SECOND},
    samples=[Sample(NOON, {0: 1}), Sample(NOON + SECOND, {0: 3})],
)
UNTOLD: dict[str, Any] = {"traces": {}, "samples": []}
TWICE = {**UNTOLD, "committed": [("one", A), ("one", B)]}
HOLE = {**UNTOLD, "committed": [("one", A), ("two", C)]}


def test_a_sound_history_has_no_fault() -> None:
    assert check(SOUND).faults == {}


def test_a_record_sent_again_is_no_fault() -> None:
    assert check(replace(SOUND, sent=[A, B, A])).sound


def test_what_is_parked_or_dead_is_not_lost() -> None:
    assert check(replace(SOUND, applied=[], parked=[A], dead=[B])).sound


def test_what_died_of_a_bug_and_was_given_back_may_come_late() -> None:
    assert check(replace(SOUND, applied=[B, A], dead=[A], mended=[A])).sound


def test_an_effect_nobody_traced_may_have_any_trace() -> None:
    assert check(replace(SOUND, traces={"two": "t2"})).sound


def test_an_attempt_with_unknown_outcome_may_be_committed() -> None:
    assert check(replace(SOUND, acknowledged=["one"])).sound


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (replace(SOUND, acknowledged=["one", "two", "four"]), "acknowledged to the client and not committed"),
        (replace(SOUND, refused=["two"]), "refused to the client and committed"),
        (replace(SOUND, sent=[A]), "committed and never sent"),
        (replace(SOUND, sent=[A, B, ("a", 3)]), "sent and never committed"),
        (replace(SOUND, applied=[A], samples=[]), "lost: committed without effect"),
        (replace(SOUND, applied=[A, B, ("a", 3)]), "phantom: effect without commit"),
        (replace(SOUND, applied=[A, B, B]), "doubled: more than one effect"),
        (replace(SOUND, applied=[B, A]), "applied out of order"),
        (replace(SOUND, sent=[B, A]), "first sent out of order"),
        (replace(SOUND, waiting=1), "still in the outbox"),
        (
            replace(SOUND, committed=[("one", A), ("one", B)], acknowledged=["one"], **UNTOLD),
            "committed twice for one command",
        ),
        (replace(SOUND, states={"a": 3}), "state and log differ"),
        (replace(SOUND, dead=[A]), "applied and dead as well"),
        (replace(SOUND, applied=[B], dead=[A], mended=[A], samples=[]), "lost: committed without effect"),
        (replace(SOUND, due=["three"]), "deadline that did not fire"),
        (replace(SOUND, buried=[]), "poison lost"),
        (replace(SOUND, effect_traces=[(A, "t1"), (B, "t1")]), "effect under another trace"),
        (replace(SOUND, samples=[Sample(NOON, {0: 2})]), "offset committed past an unapplied record"),
        (
            replace(SOUND, committed=[("one", A), ("two", C)], sent=[A, C], applied=[A, C], **UNTOLD),
            "versions with gaps",
        ),
    ],
)
def test_a_broken_history_is_named(broken: History, fault: str) -> None:
    assert list(check(broken).faults) == [fault]
