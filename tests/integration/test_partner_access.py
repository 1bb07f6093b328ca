"""Partners read the public topics, in groups of their own, and nothing else (bad-inputs 61 and 62)."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)

from deploy.kafka import partners, topics
from tests.infrastructure.containers import KafkaContainer

pytestmark = pytest.mark.real_kafka

PARTNER = "institut-paris-region"
PUBLIC = "qmi.public.selection.v1"
INTERNAL = "qmi.selection.events.v1"


def login(kafka: KafkaContainer, password: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": kafka.partners,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": PARTNER,
        "sasl_plain_password": password,
    }


@asynccontextmanager
async def open_client(client: Any) -> AsyncIterator[Any]:
    """The client, started, and stopped even if it could not start: aiokafka leaves its connections open there."""
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


async def admit(kafka: KafkaContainer, password: str) -> None:
    """Admit the partner, and wait until the broker knows: it hears of it a moment after the controller agrees."""
    partners.admit(kafka.address, PARTNER, password)
    async with asyncio.timeout(10):
        while True:
            with suppress(KafkaConnectionError):
                async with open_client(AIOKafkaProducer(**login(kafka, password))):
                    return
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
async def password(own_kafka: KafkaContainer) -> str:
    topics.apply(own_kafka.address)
    word = secrets.token_urlsafe(16)
    await admit(own_kafka, word)
    return word


@pytest.fixture
async def said(own_kafka: KafkaContainer, password: str) -> bytes:
    """Something a service of ours just said on both topics."""
    word = secrets.token_bytes(8)
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.address, acks="all", enable_idempotence=True) as producer:
        for topic in (PUBLIC, INTERNAL):
            await producer.send_and_wait(topic, word, key=b"one")
    return word


async def read_until(kafka: KafkaContainer, password: str, topic: str, group: str, wanted: bytes) -> bytes:
    consumer = AIOKafkaConsumer(topic, group_id=group, auto_offset_reset="earliest", **login(kafka, password))
    async with open_client(consumer):
        async for record in consumer:
            if record.value == wanted:
                return wanted
    raise AssertionError("the stream ended")


async def test_a_partner_reads_a_public_topic_in_a_group_of_its_own(
    own_kafka: KafkaContainer, password: str, said: bytes
) -> None:
    group = f"{partners.group_prefix(PARTNER)}dashboard"

    assert await read_until(own_kafka, password, PUBLIC, group, said) == said


async def test_a_partner_does_not_read_an_internal_topic(own_kafka: KafkaContainer, password: str, said: bytes) -> None:
    group = f"{partners.group_prefix(PARTNER)}curious"

    with pytest.raises(TopicAuthorizationFailedError):
        await read_until(own_kafka, password, INTERNAL, group, said)


@pytest.mark.parametrize("group", ["selection", "partner.paris-and-co.dashboard", "partner.institut-paris-region-2.x"])
async def test_a_partner_does_not_join_the_group_of_another(
    own_kafka: KafkaContainer, password: str, said: bytes, group: str
) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        await read_until(own_kafka, password, PUBLIC, group, said)


@pytest.mark.parametrize("topic", [PUBLIC, INTERNAL])
async def test_a_partner_writes_nowhere(own_kafka: KafkaContainer, password: str, topic: str) -> None:
    async with open_client(AIOKafkaProducer(**login(own_kafka, password))) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(topic, b"forged", key=b"one")


async def test_a_wrong_password_opens_nothing(own_kafka: KafkaContainer, password: str) -> None:
    with pytest.raises(KafkaConnectionError):
        async with open_client(AIOKafkaProducer(**login(own_kafka, f"not-{password}"))):
            pass


async def test_a_new_password_replaces_the_old_one(own_kafka: KafkaContainer, said: bytes) -> None:
    await admit(own_kafka, "another-password")
    group = f"{partners.group_prefix(PARTNER)}after"

    assert await read_until(own_kafka, "another-password", PUBLIC, group, said) == said
