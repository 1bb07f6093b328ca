"""Reads what a run left behind: the database, the topics, the offsets of the group, all past the proxies."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.events.topics import CANDIDATURE_EVENTS, dead_letter_topic
from tests.faults.checker import History, Sample, Step
from tests.faults.load import Attempts
from tests.faults.processes import lines, may_die, reminded, reminds
from tests.faults.world import PARTITIONS, Scene

_LEFT = """
SELECT (SELECT count(*) FROM candidature.outbox) + (SELECT count(*) FROM candidature.deadlines)
        + (SELECT count(*) FROM selection.parked) AS waiting,
    (SELECT count(*) FROM candidature.event_log WHERE (data::jsonb -> 'edition')::int % 100 <> 49) AS wanted,
    (SELECT count(*) FROM selection.effects) AS effects
"""

# Seconds without any movement after which nothing will move: longer than a session, a back-off, a reconnection.
_STILL = 45
# Looks after which what has no effect yet is not under way but dead.
_PATIENCE = 4


async def drained(scene: Scene, within: float) -> bool:
    """Wait until nothing is under way any more, giving back what has died of a bug.

    False when nothing moves, or the time is up: the judge says what.
    """
    connection = await scene.database.connect()
    before, still = None, 0
    try:
        async with asyncio.timeout(within):
            while still < _STILL * 4:
                left = await connection.fetchrow(_LEFT)
                before, still = left, still + 1 if left == before else 0
                if left and not left["waiting"] and left["effects"] >= left["wanted"]:
                    await asyncio.sleep(1.5)
                    return True
                if left and not left["waiting"] and still % _PATIENCE == _PATIENCE - 1:
                    await scene.redrive()
                await asyncio.sleep(0.25)
            return False
    except TimeoutError:
        return False
    finally:
        await connection.close()


# A client that meets a broker half way up trips over its own assertions.
_UNREACHABLE = (KafkaError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, AssertionError)


class Sampler:
    """Looks at the committed offsets of the group while the run goes on."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.samples: list[Sample] = []

    async def run(self) -> None:
        """Sample until cancelled; what cannot be reached is not sampled."""
        while True:
            with suppress(*_UNREACHABLE):
                await self.sample()
            await asyncio.sleep(1.0)

    async def sample(self) -> None:
        """The offsets first, the instant after: what is below them had to be done by then."""
        offsets = await self._offsets()
        connection = await asyncpg.connect(self._scene.database.admin_dsn, timeout=3)
        try:
            self.samples.append(Sample(await connection.fetchval("SELECT clock_timestamp()"), offsets))
        finally:
            await connection.close()

    async def _offsets(self) -> dict[int, int]:
        # Not librdkafka's administrator: asked for offsets while the broker dies, it takes the process along.
        client = AIOKafkaAdminClient(bootstrap_servers=self._scene.world.kafka.address, request_timeout_ms=3000)
        try:
            async with asyncio.timeout(5):
                await client.start()
                found = await client.list_consumer_group_offsets(self._scene.group)
        finally:
            await client.close()
        return {part.partition: told.offset for part, told in found.items() if told.offset > 0}


async def read(scene: Scene, attempts: Attempts, samples: Sequence[Sample]) -> History:
    """The history of a run."""
    connection = await scene.database.connect()
    log = await connection.fetch(
        "SELECT aggregate_id::text, version, (data::jsonb -> 'edition')::int AS number FROM candidature.event_log"
        " ORDER BY position"
    )
    states = await connection.fetch("SELECT id::text, version FROM candidature.accounts")
    effects = await connection.fetch(
        "SELECT subject::text, version, trace, at FROM selection.effects ORDER BY position"
    )
    parked = await connection.fetch("SELECT partition, record_offset FROM selection.parked ORDER BY id")
    parkings = await connection.fetch("SELECT partition, record_offset, at FROM selection.parkings ORDER BY at")
    waiting = await connection.fetchval("SELECT count(*) FROM candidature.outbox")
    await connection.close()
    records = await _topic(scene, CANDIDATURE_EVENTS)
    places = {(record.partition, record.offset): step for record in records if (step := _step(record))}
    dead = await _topic(scene, dead_letter_topic(CANDIDATURE_EVENTS, scene.group))
    first = {(row["subject"], row["version"]): row["at"] for row in reversed(effects)}
    taken: dict[Step, datetime] = {**first}
    for row in parkings:
        step = places.get((row["partition"], row["record_offset"]))
        if step is not None:
            taken[step] = min(row["at"], taken.get(step, row["at"]))
    numbers = [(UUID(row["aggregate_id"]), row["version"], row["number"]) for row in log]
    return History(
        acknowledged=attempts.ok,
        refused=attempts.failed,
        unknown=attempts.unknown,
        committed=[(f"{row['aggregate_id']}/{row['number']}", (row["aggregate_id"], row["version"])) for row in log],
        due=[
            f"{account}/{line}"
            for account in (reminded(subject, number) for subject, _, number in numbers if reminds(number))
            for line in lines(account)
        ],
        states={row["id"]: row["version"] for row in states},
        sent=[step for record in records if (step := _step(record))],
        applied=[(row["subject"], row["version"]) for row in effects],
        parked=[places[row["partition"], row["record_offset"]] for row in parked],
        dead=[step for record in dead if (step := _step(record))],
        mended={(str(subject), version) for subject, version, number in numbers if may_die(number)},
        poison=scene.poison,
        buried=[record.value.decode() for record in dead if record.value and _step(record) is None],
        waiting=waiting,
        traces=attempts.traces,
        effect_traces=[((row["subject"], row["version"]), row["trace"]) for row in effects],
        places=places,
        taken_at=taken,
        samples=samples,
    )


def _step(record: Any) -> Step | None:
    """The key and version of a record; none for what only looks like one."""
    version = dict(record.headers).get("ce_sequence")
    return (record.key.decode(), int(version)) if version and record.key else None


async def _topic(scene: Scene, topic: str) -> list[Any]:
    """Every record of a topic, in order per partition."""
    reader = AIOKafkaConsumer(bootstrap_servers=scene.world.kafka.address, enable_auto_commit=False)
    await reader.start()
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    reader.assign(partitions)
    await reader.seek_to_beginning()
    ends = await reader.end_offsets(partitions)
    found: list[Any] = []
    async with asyncio.timeout(60):
        while any([await reader.position(partition) < ends[partition] for partition in partitions]):
            for records in (await reader.getmany(timeout_ms=500)).values():
                found += records
    await reader.stop()
    return sorted(found, key=lambda record: (record.partition, record.offset))
