"""The pytest plugin: chooses, says so, starts late, shares with the workers of pytest-xdist, stops."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.infrastructure.choose import Choice
    from tests.infrastructure.running import Infrastructure

UNIT = Path(__file__).parents[1] / "unit"


class Stack:
    """What the tests of this process run on; imports and starts nothing before somebody asks."""

    def __init__(self, given: dict[str, Any] | None = None) -> None:
        self._given = given
        self._choice: Choice | None = None
        self._running: Infrastructure | None = None

    @property
    def choice(self) -> Choice:
        """What was chosen; pytest stops with a usage error when it cannot be had."""
        from tests.infrastructure.choose import BadChoice, Choice, choose

        if self._choice is None:
            try:
                self._choice = Choice(**self._given["choice"]) if self._given else choose()
            except BadChoice as error:
                raise pytest.UsageError(str(error)) from error
        return self._choice

    @property
    def running(self) -> Infrastructure:
        """The infrastructure, started now if it was not."""
        from tests.infrastructure.running import Infrastructure, start

        if self._running is None:
            self._running = Infrastructure(**self._given["addresses"]) if self._given else start(self.choice)
        return self._running

    def shared(self) -> dict[str, Any]:
        """What a worker of pytest-xdist needs to use the same."""
        return {"choice": asdict(self.choice), "addresses": self.running.addresses()}

    def stop(self) -> None:
        """Stop what this process started."""
        if self._running is not None:
            self._running.stop()
            self._running = None


STACK = pytest.StashKey[Stack]()


def only_unit(config: pytest.Config) -> bool:
    """Whether every path asked for lies under tests/unit: then nothing need be looked for."""
    asked = [Path(config.invocation_params.dir, argument.split("::")[0]).resolve() for argument in config.args]
    return bool(asked) and all(path.is_relative_to(UNIT) for path in asked)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[STACK] = Stack(getattr(config, "workerinput", {}).get("qmi"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """For each worker of pytest-xdist: the controller has started the infrastructure, the worker gets its addresses."""
    if not only_unit(node.config):
        node.workerinput["qmi"] = node.config.stash[STACK].shared()


def pytest_report_header(config: pytest.Config) -> str | None:
    return None if only_unit(config) else f"infrastructure: {config.stash[STACK].choice}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("real_kafka") is None:
        return
    choice = item.config.stash[STACK].choice
    if not choice.real_kafka:
        pytest.skip(f"needs a real Kafka, and this is the {choice.kind} stack {choice.reason}")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Said again at the end, where it is read: what was not proven."""
    skipped = [
        report for report in terminalreporter.getreports("skipped") if "needs a real Kafka" in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("not proven on this infrastructure")
        terminalreporter.line(str(config.stash[STACK].choice))
        for report in skipped:
            terminalreporter.line(f"  {report.nodeid}")


def pytest_unconfigure(config: pytest.Config) -> None:
    with contextlib.suppress(KeyError):
        config.stash[STACK].stop()
