"""The two HTTP servers compared, each in a process of its own: FastAPI with one insert, and a command of the kit."""

import asyncio
import os
import socket
import statistics
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import psutil
from fastapi import FastAPI
from pydantic import BaseModel

from shared.kit.clock import SystemClock
from shared.kit.settings import Settings, load
from tests.bench.load import SECONDS, WARMING, post_for_a_while
from tests.integration.kit_http.things import SERVICE
from tests.integration.kit_http.things_api import create_app

ROOT = Path(__file__).parents[2]
TABLE = "CREATE TABLE kit_http.floor (LIKE kit_http.things INCLUDING ALL); GRANT ALL ON kit_http.floor TO qmi_kit_http"


@dataclass
class Server:
    """A server, and what each request took of a processor, round by round."""

    port: int
    process: psutil.Process
    rounds: list[float] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)

    async def serve(self, make_request: Callable[[], bytes]) -> float:
        """Requests a second under load."""
        speed, seconds = await asyncio.gather(post_for_a_while(self.port, make_request), self._processor())
        self.rounds.append(1000 * seconds / (speed * SECONDS))
        return speed

    async def _processor(self) -> float:
        await asyncio.sleep(WARMING)
        before = self._used()
        await asyncio.sleep(SECONDS)
        return self._used() - before

    def _used(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


class NewThing(BaseModel):
    """What both servers are sent."""

    name: str
    size: int


class Made(BaseModel):
    """What both answer."""

    id: UUID


def create_floor() -> FastAPI:
    """`uvicorn tests.bench.servers:create_floor --factory`: a body checked, a row inserted, and nothing else."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(os.environ["QMI_DATABASE_URL"], min_size=10, max_size=10) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/things", status_code=201)
    async def make(body: NewThing) -> Made:
        made = Made(id=uuid4())
        await app.state.pool.execute(
            "INSERT INTO floor VALUES ($1, $2, $3, $4, 1)", made.id, "93001", body.name, body.size
        )
        return made

    return app


def create_command() -> FastAPI:
    """`uvicorn tests.bench.servers:create_command --factory`: who may, once, the row, the event, the outbox."""
    app = create_app(load(Settings, service=SERVICE))
    # A development issuer needs the sandbox; the time does not come from its table in production.
    app.state.plumbing = replace(app.state.plumbing, clock=SystemClock())
    return app


@asynccontextmanager
async def running(factory: str, environment: dict[str, str]) -> AsyncIterator[Server]:
    """One of them on a port of its own, as it runs in production."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", f"tests.bench.servers:{factory}", "--factory", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        *(*command, "--no-access-log", "--no-server-header", "--no-proxy-headers", "--log-level", "warning"),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await _ready(port)
        yield Server(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        await process.wait()


async def _ready(port: int) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(f"http://127.0.0.1:{port}/openapi.json")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
