"""Reading topics without a consumer group: nothing is joined, committed or moved."""

import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.kit.kafka import KafkaAccess

Range = tuple[int, int]
PATIENCE = 30.0


class Unreadable(KafkaError):  # type: ignore[misc]
    """The broker answers, and does not give the records it says it has."""


@asynccontextmanager
async def reader(access: KafkaAccess) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of no group."""
    consumer = AIOKafkaConsumer(**access.client_options(), enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def whole_ranges(consumer: AIOKafkaConsumer, topics: Collection[str]) -> dict[TopicPartition, Range]:
    """The first offset and the one after the last of each partition of these topics; missing ones left out."""
    known = (await consumer._client.fetch_all_metadata()) if topics else None
    partitions = [
        TopicPartition(topic, partition)
        for topic in sorted(topics)
        for partition in sorted((known.partitions_for_topic(topic) if known else None) or ())
    ]
    if not partitions:
        return {}
    consumer.assign(partitions)
    first, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    return {partition: (first[partition], end[partition]) for partition in partitions}


async def read_ranges(consumer: AIOKafkaConsumer, ranges: Mapping[TopicPartition, Range]) -> AsyncIterator[list[Any]]:
    """The raw records of these ranges, in order per partition, in batches; raises Unreadable when they stop coming."""
    left = {partition: end for partition, (start, end) in ranges.items() if start < end}
    if not left:
        return
    consumer.assign(list(left))
    for partition in left:
        consumer.seek(partition, ranges[partition][0])
    moved_at = time.monotonic()
    while left:
        batches = await consumer.getmany(*left, timeout_ms=200, max_records=1000)
        for partition, records in batches.items():
            if within := [record for record in records if record.offset < ranges[partition][1]]:
                yield within
        before = len(left)
        # The position passes what compaction removed and what marks transactions: offsets alone might never arrive.
        left = {partition: end for partition, end in left.items() if await consumer.position(partition) < end}
        if batches or len(left) < before:
            moved_at = time.monotonic()
        elif time.monotonic() - moved_at > PATIENCE:
            raise Unreadable(f"nothing comes from {', '.join(sorted({partition.topic for partition in left}))}")
