"""The two HTTP servers compared, each in a process of its own: FastAPI with one insert, and a command of the kit."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI
from pydantic import BaseModel

from shared.kit.clock import SystemClock
from shared.kit.settings import Settings, load
from tests.integration.kit_http.things import SERVICE
from tests.integration.kit_http.things_api import create_app

ROOT = Path(__file__).parents[2]
TABLE = "CREATE TABLE kit_http.floor (LIKE kit_http.things INCLUDING ALL); GRANT ALL ON kit_http.floor TO qmi_kit_http"


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
async def running(factory: str, environment: dict[str, str]) -> AsyncIterator[int]:
    """One of them on a port of its own, as it runs in production; gives the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", f"tests.bench.servers:{factory}", "--factory", "--no-access-log"]
    process = await asyncio.create_subprocess_exec(
        *(*command, "--port", str(port), "--log-level", "warning"),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await _ready(port)
        yield port
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
