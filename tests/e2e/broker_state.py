"""What a broker holds, and what a group has still to read."""

import asyncio
from collections.abc import Iterable

from confluent_kafka import Consumer, TopicPartition

PATIENCE = 20.0


def _partitions(consumer: Consumer, topics: Iterable[str]) -> list[TopicPartition]:
    known = consumer.list_topics(timeout=PATIENCE).topics
    return [TopicPartition(name, partition) for name in topics for partition in known[name].partitions]


def _ends(consumer: Consumer, places: list[TopicPartition]) -> dict[tuple[str, int], tuple[int, int]]:
    """By topic and partition, the first offset and the one after the last."""
    return {(p.topic, p.partition): consumer.get_watermark_offsets(p, timeout=PATIENCE) for p in places}


def records(address: str, *topics: str) -> int:
    """How many records these topics hold."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test.count", "log_level": 0})
    try:
        return sum(high - low for low, high in _ends(consumer, _partitions(consumer, topics)).values())
    finally:
        consumer.close()


def dead_letters(address: str) -> int:
    """How many records all dead-letter topics hold."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test.count", "log_level": 0})
    try:
        names = [name for name in consumer.list_topics(timeout=PATIENCE).topics if name.endswith(".dlt")]
        assert names
        return sum(high - low for low, high in _ends(consumer, _partitions(consumer, names)).values())
    finally:
        consumer.close()


def lag(address: str, group: str, topics: Iterable[str]) -> int:
    """How many records of these topics a group has not done with."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": group, "log_level": 0})
    try:
        places = _partitions(consumer, topics)
        ends = _ends(consumer, places)
        done = {(p.topic, p.partition): p.offset for p in consumer.committed(places, timeout=PATIENCE)}
        return sum(high - max(low, done[place]) for place, (low, high) in ends.items())
    finally:
        consumer.close()


async def caught_up(address: str, readers: dict[str, tuple[str, ...]], within: float = 60.0) -> None:
    """Wait until these groups have done with everything on their topics; TimeoutError."""
    async with asyncio.timeout(within):
        while any([await asyncio.to_thread(lag, address, group, topics) for group, topics in readers.items()]):
            await asyncio.sleep(0.2)
