"""SIGKILL in mid-load: nothing lost, nothing doubled, in order per key."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.events.topics import CANDIDATURE_EVENTS, dead_letter_topic, public_topic
from shared.kit.database import Database
from shared.kit.kafka import KafkaAccess
from tests.faults.checker import check
from tests.faults.world import Process, World
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import OwnDatabase

SERVICES = ("candidature", "selection")
KEYS, COMMANDS_PER_KEY = 50, 100

pytestmark = [pytest.mark.real_kafka, pytest.mark.timeout(300)]


@pytest.fixture
async def world(database: OwnDatabase, own_kafka: KafkaContainer, tmp_path: Path) -> World:
    """A world on a broker of its own."""
    for topic in (CANDIDATURE_EVENTS, public_topic("candidature"), dead_letter_topic(CANDIDATURE_EVENTS, "selection")):
        broker.create_topic(own_kafka.address, topic, 6)
    admin = await database.connect()
    await admin.execute(
        "CREATE TABLE selection.effects (position bigint GENERATED ALWAYS AS IDENTITY, subject uuid, version integer)"
    )
    await admin.execute("GRANT ALL ON selection.effects TO qmi_selection")
    await admin.close()
    return World(database, KafkaAccess(own_kafka.address), tmp_path)


@pytest.fixture
async def sender(database: OwnDatabase) -> AsyncIterator[Database]:
    """Where the commands are committed."""
    opened = Database(database.dsn("candidature"), "candidature")
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def receiver(database: OwnDatabase) -> AsyncIterator[Database]:
    """Where the effects are."""
    opened = Database(database.dsn("selection"), "selection")
    await opened.start()
    yield opened
    await opened.stop()


async def test_a_worker_and_a_relay_killed_in_mid_load_lose_and_double_nothing(
    world: World, sender: Database, receiver: Database
) -> None:
    chance = random.Random(20240112)
    relay, consumer = world.process("create_relay", "candidature"), world.process("create_consumer", "selection")
    moments = sorted(chance.sample(range(500, 4500), 3))
    kills: list[asyncio.Task[None]] = []

    def kill_when_due(ended: int) -> None:
        if moments and ended >= moments[0]:
            moments.pop(0)
            kills.append(asyncio.create_task(_kill_and_restart(relay)))

    async def kill_the_consumer_while_it_lags() -> None:
        for effects in (300, 1800, 3600):
            while await receiver.pool.fetchval("SELECT count(*) FROM effects") < effects:
                await asyncio.sleep(0.01)
            await asyncio.sleep(chance.uniform(0, 0.3))
            await _kill_and_restart(consumer)

    relay.start()
    consumer.start()
    try:
        await asyncio.gather(relay.ready(), consumer.ready())
        consumer_kills = asyncio.create_task(kill_the_consumer_while_it_lags())
        await world.load(sender, keys=KEYS, commands_per_key=COMMANDS_PER_KEY, during=kill_when_due)
        await asyncio.gather(*kills)
        await asyncio.wait([consumer_kills], timeout=90)
        consumer_kills.cancel()
        report = check(await world.history(sender, receiver, within=90))
    finally:
        await relay.kill()
        await consumer.kill()

    print(report)
    assert report.sound, str(report)
    assert report.figures["events committed"] == KEYS * COMMANDS_PER_KEY
    assert len(kills) == 3


async def _kill_and_restart(process: Process) -> None:
    await process.kill()
    process.start()
