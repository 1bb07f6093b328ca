"""The life of `make run`: start, show, play the demo, watch, stop when told."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deploy.stack.keeper import keep
from deploy.stack.layout import REPOSITORY, Stack
from deploy.stack.supervisor import Supervisor

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_REQUEST = 1.0
"""Seconds within which a second signal is the echo of the first (make forwards what the terminal already sent)."""
FORCED = 130


class Stopping:
    """Turns signals into a request to stop, and a second one into an immediate end."""

    def __init__(self, force: Callable[[], None]) -> None:
        self.asked = asyncio.Event()
        self._force = force
        self._at = 0.0

    def listen(self) -> None:
        """Take over SIGINT, SIGTERM and SIGHUP for the running loop."""
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if not self.asked.is_set():
            self._at = time.monotonic()
            self.asked.set()
        elif time.monotonic() - self._at > SAME_REQUEST:
            self._force()
            os._exit(FORCED)


async def run(supervisor: Supervisor, *, demo: bool, show: Callable[[Stack], None]) -> None:
    """Start, stay up until a signal, stop; raises what made the start fail, once everything is stopped."""
    stopping = Stopping(supervisor.kill)
    stopping.listen()
    life = asyncio.create_task(_live(supervisor, demo=demo, show=show))
    asked = asyncio.create_task(stopping.asked.wait())
    await asyncio.wait((life, asked), return_when=asyncio.FIRST_COMPLETED)
    supervisor.report.say("Arrêt en cours… (Ctrl-C encore pour forcer)")
    life.cancel()
    ended, *_ = await asyncio.gather(life, return_exceptions=True)
    await supervisor.stop()
    asked.cancel()
    if isinstance(ended, Exception):
        raise ended
    supervisor.report.say("Tout est arrêté.")


async def _live(supervisor: Supervisor, *, demo: bool, show: Callable[[Stack], None]) -> None:
    stack = await supervisor.start()
    show(stack)
    async with asyncio.TaskGroup() as group:
        group.create_task(keep(supervisor))
        if demo:
            group.create_task(_play(supervisor, stack, show))


async def _play(supervisor: Supervisor, stack: Stack, show: Callable[[Stack], None]) -> None:
    """The demo, in a process of its own that owns the terminal."""
    code = await play(supervisor.layout.description)
    if code:
        supervisor.report.say(f"[red]La démonstration s’est arrêtée (code {code}) ; la pile reste en marche.[/red]")
    show(stack)


async def play(description: Path) -> int:
    """Run `qmi demo` against a described stack; its exit code."""
    command = [sys.executable, "-m", "deploy.cli", "demo", "--stack", str(description)]
    process = await asyncio.create_subprocess_exec(*command, cwd=REPOSITORY)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
