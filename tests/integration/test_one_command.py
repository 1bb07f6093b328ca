"""`make run` without its demo, for real: four services, one command, crashes, and nothing left behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from aiokafka import AIOKafkaConsumer

from deploy.stack.health import examine
from deploy.stack.layout import Layout, Stack
from shared.events.topics import CANDIDATURE_EVENTS

NEEDED_PATIENCE = 120


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.mark.timeout(300)
async def test_one_command_runs_everything_survives_crashes_and_leaves_nothing_behind(layout: Layout) -> None:
    log = layout.root / "up.log"
    environment_of_ours = {**os.environ, "QMI_VAR": str(layout.root)}
    with log.open("w") as output:
        up = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", "up", "--no-demo", stdout=output, stderr=output, env=environment_of_ours
        )
    try:
        await until(lambda: layout.description.exists() or up.returncode is not None)
        assert up.returncode is None, log.read_text()
        stack = Stack.read(layout.description)
        assert all(check.ok for check in await examine(stack))

        call = await publish_a_call(stack)
        assert await keys(stack.kafka, "before", 1) == [call]

        kill(up.pid, "deploy.stack.broker")
        await says(log, "remis dans le nouveau courtier")
        assert await keys(stack.kafka, "after", 1) == [call]

        kill(up.pid, "services.selection.main:create_worker")
        kill(up.pid, "bin/postgres -D")
        await says(log, "selection-worker s’est arrêté")
        await says(log, "PostgreSQL s’est arrêté")
        await healthy(stack)

        family = psutil.Process(up.pid).children(recursive=True)
        up.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(up.wait(), 60) == 0, log.read_text()
        assert [process for process in family if process.is_running()] == []
        assert not layout.description.exists()
    finally:
        if up.returncode is None:
            up.kill()
            await up.wait()
        layout.forget()


async def publish_a_call(stack: Stack) -> str:
    """A call drafted and published by HTTP; what its event says, as it is on the topic."""
    token = (await ask(f"{stack.issuer}/token", {"roles": ["programme"]}, {}))["access_token"]
    opens = datetime.now(UTC) + timedelta(days=30)
    body = {
        "edition": 2,
        "kind": "EXPRESSION_OF_INTEREST",
        "title": "Appel à manifestation d’intérêt",
        "opens_at": opens.isoformat(),
        "closes_at": (opens + timedelta(days=60)).isoformat(),
    }
    calls = f"{stack.apis['candidature']}/v1/calls"
    headers = {"Authorization": f"Bearer {token}"}
    call = (await ask(calls, body, {**headers, "Idempotency-Key": "call-of-the-test"}))["id"]
    await ask(f"{calls}/{call}/publication", None, headers)
    return str(call)


async def ask(url: str, body: object, headers: dict[str, str]) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, json=body, headers=headers)
    assert answer.is_success, answer.text
    return dict(answer.json()) if answer.content else {}


def kill(supervisor: int, word: str) -> None:
    family = psutil.Process(supervisor).children(recursive=True)
    [victim] = [process for process in family if word in command_of(process)]
    victim.kill()


def command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # gone since it was listed, or killed and not yet buried
        return ""


async def keys(address: str, group: str, count: int) -> list[str]:
    """The keys of the first records of candidature's topic, read by a group of one."""
    consumer = AIOKafkaConsumer(
        CANDIDATURE_EVENTS, bootstrap_servers=address, group_id=group, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            return [(await consumer.getone()).key.decode() for _ in range(count)]
    finally:
        await consumer.stop()


async def says(log: Path, text: str) -> None:
    await until(lambda: text in log.read_text())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(NEEDED_PATIENCE):
        while not condition():
            await asyncio.sleep(0.1)


async def healthy(stack: Stack) -> None:
    async with asyncio.timeout(NEEDED_PATIENCE):
        while not all(check.ok for check in await examine(stack)):
            await asyncio.sleep(0.5)
