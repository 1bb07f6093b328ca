"""What every bench stands on: two migrated databases, a broker, and rounds that alternate with their floor."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer

from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess, producer
from tests.builders.messages import a_record, a_start, a_work

Round = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Ratio:
    """Ours against the floor, in units a second, medians of the rounds."""

    name: str
    ours: float
    floor: float
    floor_name: str
    goal: str

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.ours / self.floor


@dataclass
class Arena:
    """The places of a bench run."""

    sender: Database
    receiver: Database
    kafka: KafkaAccess
    dsn: str = ""
    ratios: list[Ratio] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)

    def producer(self) -> AIOKafkaProducer:
        """A producer with the settings of the platform."""
        return producer(self.kafka, "bench")

    async def compare(self, name: str, ours: Round, floor: Round, *, floor_name: str, goal: str, rounds: int) -> None:
        """Run both in turn, after one round of each that does not count."""
        await ours()
        await floor()
        ours_speeds, floor_speeds = [], []
        for _ in range(rounds):
            ours_speeds.append(await ours())
            floor_speeds.append(await floor())
        self.ratios.append(
            Ratio(name, statistics.median(ours_speeds), statistics.median(floor_speeds), floor_name, goal)
        )

    async def fill_outbox(self, count: int, keys: int = 200) -> None:
        """Commit `count` events over some keys, many to a transaction, without waking anybody."""
        subjects = [new_id() for _ in range(keys)]
        for start in range(0, count, keys):
            async with a_work(self.sender) as work:
                for subject in subjects[: count - start]:
                    await work.publish(subject, a_start(subject))

    async def fill_topic(self, topic: str, count: int, keys: int = 200) -> None:
        """Put `count` messages over some keys on a topic."""
        subjects = [new_id() for _ in range(keys)]
        sending = self.producer()
        await sending.start()
        for number in range(count):
            record = a_record(subjects[number % keys], number // keys + 1)
            await sending.send(topic, key=record.key, value=record.value, headers=list(record.headers))
        await sending.stop()


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def per_second(self, count: int) -> float:
        """How many a second."""
        return count / (time.perf_counter() - self._start)


async def until(true: Callable[[], Awaitable[object]], *, every: float = 0.005, within: float = 120.0) -> None:
    """Wait for something, looking every so many seconds."""
    async with asyncio.timeout(within):
        while not await true():
            await asyncio.sleep(every)


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
