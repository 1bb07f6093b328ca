"""What differs between a topic as declared and as the broker has it."""

from deploy.kafka.catalogue import Topic
from deploy.kafka.topics import Actual, Change, drift

WANTED = Topic.model_validate(
    {"name": "qmi.a.events.v1", "emitter": "a", "consumers": [], "partitions": 3, "retention": "2d"}
)
SAME = {"cleanup.policy": "delete", "retention.ms": "172800000", "segment.bytes": "1073741824"}


def test_a_topic_as_declared_has_no_drift() -> None:
    assert drift(WANTED, Actual(3, SAME)) == []


def test_another_number_of_partitions_is_a_drift() -> None:
    found = drift(WANTED, Actual(4, SAME))

    assert found == [Change("drift", "qmi.a.events.v1", "partitions", "is 4 instead of 3")]


def test_another_or_missing_setting_is_a_drift() -> None:
    found = drift(WANTED, Actual(3, {"cleanup.policy": "compact"}))

    assert [(change.what, change.detail) for change in found] == [
        ("cleanup.policy", "is compact instead of delete"),
        ("retention.ms", "is None instead of 172800000"),
    ]
