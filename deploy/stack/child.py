"""A process of the stack: started with its log, asked whether it is ready, stopped politely."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack import tether
from deploy.stack.layout import REPOSITORY

KEPT_LOG = 5_000_000
SETTLED_AFTER = 60.0
LONGEST_BACK_OFF = 30


@dataclass
class Child:
    """One process; `url` answers /readyz (or /livez), None when it has no HTTP side."""

    name: str
    command: Sequence[str]
    log: Path
    url: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float | None = None
    wanted: bool = False

    def start(self) -> None:
        """Start the process, in a session of its own, so that Ctrl-C reaches only the supervisor."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > KEPT_LOG:
            self.log.replace(self.log.with_suffix(".previous.log"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*tether.prefix(), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=REPOSITORY,
                env=dict(self.environment) or None,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        self.due_at = None
        self.wanted = True

    def back_off(self) -> float:
        """Decide when to start it again after a crash: 1, 2, 4… seconds, shorter again once it had settled."""
        settled = time.monotonic() - self.started_at > SETTLED_AFTER
        self.failures = 0 if settled else self.failures + 1
        wait = float(min(LONGEST_BACK_OFF, 2 ** max(0, self.failures - 1)))
        self.due_at = time.monotonic() + wait
        return wait

    @property
    def ended(self) -> int | None:
        """The exit code, None while it runs (or was never started)."""
        return self.process.poll() if self.process else None

    def ask(self, request: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(request)

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as written:
            written.seek(max(0, os.path.getsize(self.log) - 16_384))
            return "\n".join(written.read().decode(errors="replace").splitlines()[-lines:])


def stop_all(children: Sequence[Child], patience: float) -> None:
    """Ask all of them to end, together; kill those that still run after `patience` seconds."""
    for child in children:
        child.wanted = False
        child.ask(signal.SIGTERM)
    if not _wait(lambda: all(child.ended is not None for child in children if child.process), patience):
        for child in children:
            child.ask(signal.SIGKILL)
        _wait(lambda: all(child.ended is not None for child in children if child.process), 5)


def _wait(condition: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return met
