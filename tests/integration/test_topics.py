"""topics.yaml, applied to a real broker."""

from collections.abc import Callable

import pytest

from deploy.kafka import topics
from deploy.kafka.catalogue import Topic, read
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.running import Infrastructure

pytestmark = pytest.mark.real_kafka

DAY = 24 * 3600 * 1000


def a_topic(name: str, **changed: object) -> Topic:
    declared = {"name": name, "emitter": "a", "consumers": [], "partitions": 3, "retention": "2d"}
    return Topic.model_validate(declared | changed)


@pytest.fixture
def name(make_topic: Callable[..., str]) -> str:
    """A topic that exists with three partitions, kept for two days."""
    return make_topic("qmi", partitions=3, config={"cleanup.policy": "delete", "retention.ms": str(2 * DAY)})


def existing(name: str, **changed: object) -> list[Topic]:
    return [a_topic("qmi.placeholder", **changed).model_copy(update={"name": name})]


def test_an_empty_broker_gets_every_topic_and_a_second_run_has_nothing_to_say(own_kafka: KafkaContainer) -> None:
    first = topics.apply(own_kafka.address)
    second = topics.apply(own_kafka.address)

    declared = read().everything()
    found = broker.admin(own_kafka.address).list_topics(timeout=10).topics
    assert [(change.kind, change.topic) for change in first] == [("created", topic.name) for topic in declared]
    assert {topic.name: topic.partitions for topic in declared}.items() <= {
        name: len(metadata.partitions) for name, metadata in found.items()
    }.items()
    assert second == []


def test_another_number_of_partitions_is_reported_and_left(infrastructure: Infrastructure, name: str) -> None:
    wanted = existing(name, partitions=5)

    changes = topics.apply(infrastructure.kafka, wanted, update=True)

    assert changes == [topics.Change("drift", name, "partitions", "is 3 instead of 5")]
    assert topics.apply(infrastructure.kafka, wanted) == changes


def test_another_retention_is_reported_and_changed_only_on_demand(infrastructure: Infrastructure, name: str) -> None:
    wanted = existing(name, retention="5d")
    difference = f"is {2 * DAY} instead of {5 * DAY}"

    reported = topics.apply(infrastructure.kafka, wanted)
    changed = topics.apply(infrastructure.kafka, wanted, update=True)

    assert reported == [topics.Change("drift", name, "retention.ms", difference)]
    assert changed == [topics.Change("updated", name, "retention.ms", difference)]
    assert topics.apply(infrastructure.kafka, wanted) == []


def test_a_dry_run_creates_nothing(infrastructure: Infrastructure) -> None:
    wanted = [a_topic("qmi.never.made.v1")]

    changes = topics.apply(infrastructure.kafka, wanted, dry_run=True)

    assert [change.kind for change in changes] == ["created"]
    assert "qmi.never.made.v1" not in broker.admin(infrastructure.kafka).list_topics(timeout=10).topics


def test_a_broker_that_does_not_answer_is_named_in_time() -> None:
    with pytest.raises(topics.BrokerUnreachable):
        topics.apply("127.0.0.1:1", [], patience=0.5)
