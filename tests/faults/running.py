"""A process of the kit that can be killed, frozen, told where to die, and brought back."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.infrastructure.containers import LOOPBACK, free_port

ROOT = Path(__file__).parents[2]


@dataclass
class Process:
    """An api, a relay or a worker in a process of its own, on a port it keeps."""

    role: str
    number: int
    environment: dict[str, str]
    folder: Path
    port: int = 0
    running: "subprocess.Popen[bytes] | None" = None
    frozen: bool = False
    retired: bool = False
    ended: int = 0
    """How often it ended by itself and was started again, as whoever supervises it in production would."""

    @property
    def name(self) -> str:
        """`worker 2`."""
        return f"{self.role} {self.number}"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / f"{self.role}-{self.number}.log"

    @property
    def _crash_file(self) -> Path:
        return self.folder / f"{self.role}-{self.number}.crash"

    @property
    def counts(self) -> Path:
        """How often it passed each of its crash points, and died there."""
        return self.folder / f"{self.role}-{self.number}.counts"

    def start(self) -> None:
        """Start it, or start it again."""
        self.port = self.port or free_port()
        self.frozen = False
        served = ("uvicorn", f"tests.faults.victims:create_{self.role}", "--factory", "--port", str(self.port))
        self._spawn(*served, "--log-level", "warning", "--timeout-graceful-shutdown", "10")

    def start_command(self, *words: str, crash_at: str = "") -> None:
        """Start the command `qmi` with these words."""
        self._spawn("tests.faults.victims", *words, crash_at=crash_at)

    def _spawn(self, *module: str, crash_at: str = "") -> None:
        told = {
            "QMI_FAULTS_ROLE": self.role,
            "QMI_CRASH_AT": crash_at,
            "QMI_CRASH_FILE": str(self._crash_file),
            "QMI_CRASH_COUNTS": str(self.counts),
        }
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env={**os.environ, **self.environment, **told},
                stdout=output,
                stderr=output,
            )

    def alive(self) -> bool:
        """Whether it runs, be it frozen."""
        return self.running is not None and self.running.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; SIGKILL leaves it no time to do anything."""
        if self.running is not None:
            self.running.send_signal(number)
            self.frozen = number == signal.SIGSTOP

    def supervise(self) -> None:
        """Start it again if it ended."""
        if not self.alive() and not self.retired:
            self.ended += 1
            self.start()

    def crash_at(self, point: str, times: int) -> None:
        """Tell it, running, where to die."""
        self._crash_file.write_text(f"{point}:{times}")
        self.signal(signal.SIGUSR1)

    async def gone(self, within: float) -> bool:
        """Whether it ended in so many seconds."""
        end = asyncio.get_running_loop().time() + within
        while self.alive():
            if asyncio.get_running_loop().time() > end:
                return False
            await asyncio.sleep(0.05)
        return True

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self.alive():
            self.signal(signal.SIGKILL)
            await self.gone(10)

    async def ask_to_go(self, within: float = 40.0) -> None:
        """SIGTERM, and wait; killed when it does not obey."""
        if self.alive():
            self.signal(signal.SIGTERM)
            if not await self.gone(within):
                await self.kill()
                raise TimeoutError(f"{self.name} did not end within {within:.0f} s of SIGTERM")

    async def is_ready(self, client: httpx.AsyncClient) -> bool:
        """Whether it says so."""
        try:
            return (await client.get(f"{self.url}/readyz", timeout=3.0)).status_code == 200
        except httpx.TransportError:
            return False

    async def answers(self, within: float = 60.0) -> None:
        """Wait until it serves, be it to say that it is not ready."""
        async with asyncio.timeout(within), httpx.AsyncClient() as client:
            while True:
                with suppress(httpx.TransportError):
                    await client.get(f"{self.url}/livez", timeout=3.0)
                    return
                await asyncio.sleep(0.1)

    async def ready(self, within: float = 180.0) -> None:
        """Wait until it says so; TimeoutError with the end of its log."""
        try:
            async with asyncio.timeout(within), httpx.AsyncClient() as client:
                while not await self.is_ready(client):
                    self.supervise()
                    await asyncio.sleep(0.1)
        except TimeoutError:
            end = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise TimeoutError(f"{self.name} was not ready within {within:.0f} s:\n{end}") from None
