"""What the embedded stack remembers, and where it will answer."""

import os
import socket
from pathlib import Path

import pytest

from deploy.stack import plan, ports
from deploy.stack.layout import SERVICES, Layout, NoStack, Stack


def test_a_description_is_read_as_it_was_written_and_only_by_its_owner(tmp_path: Path) -> None:
    stack = Stack(kafka="127.0.0.1:1", apis={"candidature": "http://127.0.0.1:2"}, pid=3)

    stack.write(tmp_path / "stack.json")

    assert Stack.read(tmp_path / "stack.json") == stack
    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600


def test_a_description_may_say_more_than_we_know(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text('{"kafka": "broker:9092", "later": true}')

    assert Stack.read(tmp_path / "stack.json") == Stack(kafka="broker:9092")


def test_without_a_stack_one_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoStack, match="make run"):
        Stack.read(tmp_path / "stack.json")


def test_a_stack_whose_supervisor_is_gone_has_ended() -> None:
    assert not Stack(pid=os.getpid()).ended
    assert not Stack().ended
    assert Stack(pid=2**22 + 1).ended


def test_a_secret_stays_the_same(tmp_path: Path) -> None:
    layout = Layout(tmp_path)

    assert layout.secret("cursor") == layout.secret("cursor") != layout.secret("other")
    assert len(layout.secret("cursor")) >= 32


def test_each_process_has_an_address_of_its_own(tmp_path: Path) -> None:
    stack = plan.plan(Layout(tmp_path))

    addresses = [stack.kafka, stack.smtp, stack.issuer, *stack.apis.values(), *stack.workers.values()]

    assert len(set(addresses)) == 3 + 2 * len(SERVICES)


def test_a_stack_comes_back_where_it_was(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    port = ports.any_free()
    Stack(kafka=f"127.0.0.1:{port}").write(layout.description)

    layout.no_longer_running()

    assert not layout.description.exists()
    assert plan.plan(layout).kafka == f"127.0.0.1:{port}"


def test_a_taken_port_is_not_chosen() -> None:
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert ports.choose(port) != port
