"""Several members of one group share the work, on a real broker."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.infrastructure.running import Infrastructure

pytestmark = pytest.mark.real_kafka

PARTITIONS = 6


async def hear(member: AIOKafkaConsumer, heard: list[bytes]) -> None:
    batches = await member.getmany(timeout_ms=50)
    heard += [record.value for records in batches.values() for record in records]


async def test_two_members_of_a_group_hear_every_record_once_between_them(
    infrastructure: Infrastructure, make_topic: Callable[..., str]
) -> None:
    topic = make_topic("shared", partitions=PARTITIONS)
    values = [f"{number}".encode() for number in range(600)]
    heard: list[list[bytes]] = [[], []]
    async with AsyncExitStack() as stack:
        members = [
            AIOKafkaConsumer(
                topic, bootstrap_servers=infrastructure.kafka, group_id=f"{topic}.group", auto_offset_reset="earliest"
            )
            for _ in heard
        ]
        for member in members:
            await stack.enter_async_context(member)
        while any(len(member.assignment()) != PARTITIONS / 2 for member in members):
            await asyncio.gather(*(hear(member, []) for member in members))
        producer = await stack.enter_async_context(
            AIOKafkaProducer(bootstrap_servers=infrastructure.kafka, acks="all", enable_idempotence=True)
        )
        await asyncio.gather(*[await producer.send(topic, value, key=value) for value in values])
        while sum(map(len, heard)) < len(values):
            await asyncio.gather(*map(hear, members, heard))

    assert sorted(heard[0] + heard[1]) == sorted(values)
    assert all(heard)
