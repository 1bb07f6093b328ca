"""From commit to a consumer's hands, each part in a process of its own, so that the relay's share of a core shows."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from shared.events.topics import CANDIDATURE_EVENTS
from tests.bench.arena import Arena, percentile, until

pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).parents[2]
SECONDS = 8.0
BACKLOG = 20_000


@pytest.mark.parametrize("rate", [20, 200, 1000])
async def test_how_long_under_a_steady_flow(arena: Arena, rate: int) -> None:
    async with relaying(arena) as relay, hearing(arena) as heard:
        await asyncio.sleep(3.0)
        before = await used(relay)
        writer = await apart("write", arena.dsn, str(rate), str(SECONDS))
        written, _ = await writer.communicate()
        committed: dict[str, float] = orjson.loads(written)
        took = max(committed.values()) - min(committed.values())
        share = (await used(relay) - before) / took
        async with asyncio.timeout(30):
            while not committed.keys() <= heard.keys():
                await asyncio.sleep(0.05)
    taken = [(heard[key] - instant) * 1000 for key, instant in committed.items()]
    arena.figures[f"commit → a consumer's hands at {rate} events/s (goal: p99 ≤ 20 ms, ≤ 0.3 of a core at 1000)"] = (
        f"p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms, relay {share:.2f} of a core,"
        f" {len(committed) / took:.0f} events/s reached"
    )


async def test_how_much_processor_a_backlog_takes(arena: Arena) -> None:
    async with relaying(arena) as relay:
        await asyncio.sleep(3.0)
        arena.figures["relay, events for a second of its own processor (goal: ≥ 15,000)"] = (
            f"{await drained_per_second(arena, relay):,.0f}"
        )


async def drained_per_second(arena: Arena, relay: asyncio.subprocess.Process) -> float:
    """Fill the outbox and have it emptied: events a second of the relay's processor."""
    before = await used(relay)
    await arena.fill_outbox(BACKLOG)
    await until(lambda: _empty(arena))
    return BACKLOG / (await used(relay) - before)


@asynccontextmanager
async def relaying(arena: Arena) -> AsyncIterator[asyncio.subprocess.Process]:
    """A relay in a process of its own."""
    process = await apart("relay", arena.dsn, arena.kafka.servers)
    try:
        yield process
    finally:
        await process.communicate(b"")


async def apart(*arguments: str) -> asyncio.subprocess.Process:
    """One of the processes of `tests.bench.apart`."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "tests.bench.apart", *arguments)
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)


async def used(relay: asyncio.subprocess.Process) -> float:
    """The seconds of processor a relay has used."""
    assert relay.stdin
    assert relay.stdout
    relay.stdin.write(b"\n")
    return float(await relay.stdout.readline())


@asynccontextmanager
async def hearing(arena: Arena) -> AsyncIterator[dict[str, float]]:
    """When each key was first heard."""
    heard: dict[str, float] = {}
    reader = AIOKafkaConsumer(CANDIDATURE_EVENTS, **arena.kafka.client_options(), auto_offset_reset="latest")
    await reader.start()
    await reader.seek_to_end()

    async def hear() -> None:
        async for record in reader:
            heard.setdefault(record.key.decode(), time.time())

    task = asyncio.create_task(hear())
    yield heard
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await reader.stop()


async def _empty(arena: Arena) -> bool:
    return not await arena.sender.pool.fetchval("SELECT EXISTS (SELECT FROM outbox)")
