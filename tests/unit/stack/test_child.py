"""How a crashed process is started again, and who may read what."""

import os
import time
from pathlib import Path

from deploy.stack.account import Account
from deploy.stack.child import Child


def a_child(tmp_path: Path) -> Child:
    return Child("child", ["true"], tmp_path / "child.log", started_at=time.monotonic())


def test_waits_grow_with_each_crash_up_to_half_a_minute(tmp_path: Path) -> None:
    child = a_child(tmp_path)

    assert [child.back_off() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_process_that_had_settled_is_started_again_soon(tmp_path: Path) -> None:
    child = a_child(tmp_path)
    child.failures = 6
    child.started_at -= 3600

    assert child.back_off() == 1


def test_an_account_is_judged_by_the_first_class_it_belongs_to(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o604)
    ours, theirs = os.getuid(), os.getuid() + 1
    group = os.stat(file).st_gid

    assert Account("owner", ours, group + 1).may(file, permission=6)
    assert not Account("in the group", theirs, group).may(file, permission=4)
    assert Account("other", theirs, group + 1).may(file, permission=4)
    assert not Account("other", theirs, group + 1).may(file, permission=2)


def test_a_closed_folder_on_the_way_stops_an_account(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inside").mkdir(parents=True)
    closed.chmod(0o700)

    assert not Account("other", os.getuid() + 1, os.getgid() + 1).reaches(closed / "inside")
