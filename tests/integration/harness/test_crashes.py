"""Crash points: none is forgotten, each is where its name says, and what they guard does what it did."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import crashes
from tests.faults.broken import OFFSETS_FIRST
from tests.faults.variants import CRASHES

ROLES = ("api", "relay", "worker", "operator")
PROGRAM = """
import asyncio, os
from tests.faults import crashes
crashes.install("worker")
from shared.kit import inbox
asyncio.run(inbox._pause(asyncio.Event(), 0.01))
told = asyncio.Event()
told.set()
asyncio.run(inbox._pause(told, 10))
"""


def play(folder: Path, crash_at: str = "") -> int:
    """Pause twice in a process of its own, once until the time is up, once until told; how it ended."""
    told = {"QMI_CRASH_AT": crash_at, "QMI_CRASH_COUNTS": str(folder / "worker-1.counts")}
    return subprocess.run([sys.executable, "-c", PROGRAM], env={**os.environ, **told}, check=False).returncode


@pytest.mark.parametrize("role", ROLES)
def test_the_points_of_a_role_have_names_of_their_own(role: str) -> None:
    assert len(set(crashes.points(role))) == len(crashes.points(role)) > 30


def test_the_broken_variants_die_at_points_that_there_are() -> None:
    known = {OFFSETS_FIRST, *crashes.points("worker")}

    assert {point for _, point in CRASHES.values()} - known == set()


def test_both_sides_of_a_commit_are_points() -> None:
    found = [point for point in crashes.points("worker") if "retry_parked transaction" in point]

    assert [point.rpartition(" ")[2] for point in found] == ["entering", "entered", "leaving", "left"]


def test_passages_are_counted_on_the_side_that_was_passed(tmp_path: Path) -> None:
    assert play(tmp_path) == play(tmp_path) == 0

    passages, deaths = crashes.tally("worker", [tmp_path / "worker-1.counts"])
    assert +passages == {"inbox._pause wait before": 4, "inbox._pause wait after": 2}
    assert deaths == {}


def test_a_process_dies_where_it_is_told_and_that_is_remembered(tmp_path: Path) -> None:
    assert play(tmp_path, "inbox._pause wait before:2") == -signal.SIGKILL

    passages, deaths = crashes.tally("worker", [tmp_path / "worker-1.counts"])
    assert (+passages, deaths) == ({"inbox._pause wait before": 2}, {"inbox._pause wait before": 1})


def test_a_module_imported_too_early_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import shared.kit.park  # noqa: F401

    with pytest.raises(RuntimeError, match=r"shared\.kit\.park"):
        crashes.install("worker")
