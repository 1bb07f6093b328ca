"""What tests ask of any broker, real or embedded: whether it answers, which kind it is, topics of their own."""

import contextlib
import time
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

PATIENCE = 20.0


def admin(address: str) -> Any:
    """An administrator of the broker at `address` (host:port), which says nothing on the terminal."""
    return AdminClient({"bootstrap.servers": address, "log_level": 0})


def answers(address: str, within: float) -> bool:
    """Whether a broker answers at `address` within so many seconds."""
    with contextlib.suppress(KafkaException):
        admin(address).list_topics(timeout=within)
        return True
    return False


def is_real(address: str) -> bool:
    """Whether this is a Kafka, and not librdkafka's mock cluster."""
    return not str(admin(address).list_topics(timeout=PATIENCE).cluster_id).startswith("mockCluster")


def create_topic(address: str, name: str, partitions: int, config: dict[str, str] | None = None) -> None:
    """Create a topic with one replica and wait until it can be used; harmless if it exists."""
    client = admin(address)
    [made] = client.create_topics([NewTopic(name, partitions, 1, config=config or {})]).values()
    try:
        made.result(PATIENCE)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
    end = time.monotonic() + PATIENCE
    while len(client.list_topics(name, timeout=PATIENCE).topics[name].partitions) < partitions:
        if time.monotonic() > end:
            raise TimeoutError(f"{name} has no leader after {PATIENCE:.0f} s")
        time.sleep(0.05)


def touch_topic(address: str, name: str) -> None:
    """Make a topic of the embedded broker appear: it does when somebody asks about it."""
    client = admin(address)
    end = time.monotonic() + PATIENCE
    while not client.list_topics(name, timeout=PATIENCE).topics[name].partitions:
        if time.monotonic() > end:
            raise TimeoutError(f"{name} did not appear after {PATIENCE:.0f} s")
        time.sleep(0.05)


def delete_topics(address: str, names: list[str]) -> None:
    """Delete topics, those that exist no more included."""
    client = admin(address)  # kept: an administrator that is collected takes its futures along
    for deleted in client.delete_topics(names).values() if names else ():
        with contextlib.suppress(KafkaException):
            deleted.result(PATIENCE)


def open_groups(address: str) -> None:
    """Make `__consumer_offsets` now: otherwise the first member of the first group waits three seconds for it."""
    client = admin(address)
    end = time.monotonic() + PATIENCE
    while True:
        [described] = client.describe_consumer_groups(["qmi.tests"], request_timeout=PATIENCE).values()
        with contextlib.suppress(KafkaException):
            described.result(PATIENCE)
            return
        if time.monotonic() > end:
            raise TimeoutError("the broker has no group coordinator")
        time.sleep(0.1)
