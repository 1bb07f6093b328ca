"""Two apis, two relays, three workers, restarted one by one under load: no client sees it, no key loses its order."""

import asyncio
import itertools
from uuid import UUID

import httpx
import pytest

from shared.kit.identity import new_id
from tests.faults.balancer import Balancer
from tests.faults.checker import check
from tests.faults.load import Attempts
from tests.faults.reading import Sampler, drained, read
from tests.faults.running import Process
from tests.faults.world import Scene, World

pytestmark = [pytest.mark.real_kafka, pytest.mark.timeout(600)]


async def test_a_rolling_restart_under_load_is_seen_by_no_client(world: World) -> None:
    scene = await world.scene()
    try:
        await scene.start(api=2, relay=2, worker=3)
        await _roll(scene)
    finally:
        await scene.close()


async def _roll(scene: Scene) -> None:
    attempts, sampler, stopped = Attempts(), Sampler(scene), asyncio.Event()
    async with httpx.AsyncClient(timeout=20.0) as client:
        balancer = Balancer(scene.of("api"), client)
        clients = [
            asyncio.create_task(_write(balancer, attempts, scene.world.token(), new_id(), stopped)) for _ in range(6)
        ]
        sampling = asyncio.create_task(sampler.run())
        await asyncio.sleep(1.0)
        try:
            await asyncio.gather(
                _one_by_one(scene.of("relay")), _one_by_one(scene.of("worker")), _each(balancer, scene.of("api"))
            )
        finally:
            stopped.set()
        await asyncio.gather(*clients)
    in_time = await drained(scene, 40)
    sampling.cancel()
    await asyncio.gather(sampling, return_exceptions=True)
    report = check(await read(scene, attempts, sampler.samples))

    print(report, dict(balancer.answered))
    assert balancer.errors == []
    assert report.sound, str(report)
    assert in_time
    assert attempts.failed == attempts.unknown == []
    assert len(attempts.ok) > 50


async def _write(balancer: Balancer, attempts: Attempts, token: str, account: UUID, stopped: asyncio.Event) -> None:
    """Commands of one account, each asked once."""
    for number in itertools.count(1):
        if stopped.is_set():
            return
        command = f"{account}/{number}"
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": command}
        headers["traceparent"] = attempts.begin(command)
        status = await balancer.post(f"/v1/accounts/{account}/entries", {"number": number}, headers)
        outcome = attempts.ok if status == 201 else attempts.unknown
        outcome.append(command)
        await asyncio.sleep(0.05)


async def _each(balancer: Balancer, apis: list[Process]) -> None:
    for api in apis:
        await balancer.replace(api)


async def _one_by_one(processes: list[Process]) -> None:
    for process in processes:
        await process.ask_to_go()
        process.start()
        await process.ready()
