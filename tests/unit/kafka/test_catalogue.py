"""topics.yaml is whole, and says the same as the published language."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.kafka.catalogue import Catalogue, read
from shared.events import topics
from shared.events.base import SERVICES
from shared.events.registry import EVENTS

MINIMAL = """
dead_letters: {partitions: 1, retention: 90d}
topics:
  - {name: qmi.a.events.v1, emitter: a, consumers: [b, partners], partitions: 3, retention: 2d}
"""


def a_catalogue(folder: Path, text: str = MINIMAL) -> Catalogue:
    file = folder / "topics.yaml"
    file.write_text(text, encoding="utf-8")
    return read(file)


def test_every_topic_an_event_is_sent_to_is_declared_and_no_other() -> None:
    internal = {topics.events_topic(service) for service in SERVICES} | {topics.CONTACTS}
    public = {topics.public_topic(event.emitter) for event in EVENTS.values() if event.public_fields}

    assert {topic.name for topic in read().topics} == internal | public | {topics.AUDIT}


def test_the_emitter_of_a_topic_is_in_its_name() -> None:
    assert all(f".{topic.emitter}." in topic.name for topic in read().topics)


def test_nobody_hears_himself_and_partners_hear_public_topics_and_checkpoints_only() -> None:
    for topic in read().topics:
        assert topic.emitter not in topic.consumers
        assert ("partners" in topic.consumers) == topic.name.startswith(("qmi.public.", "qmi.audit."))


def test_each_group_of_ours_has_its_dead_letters(tmp_path: Path) -> None:
    names = [topic.name for topic in a_catalogue(tmp_path).everything()]

    assert names == ["qmi.a.events.v1", topics.dead_letter_topic("qmi.a.events.v1", "b")]


def test_personal_dead_letters_are_kept_thirty_days() -> None:
    kept = {topic.name: topic.retention for topic in read().everything()}

    assert kept["qmi.candidature.contacts.v1.notifications.dlt"] == 30 * 24 * 3600 * 1000


def test_durations_become_the_milliseconds_of_the_broker(tmp_path: Path) -> None:
    text = MINIMAL.replace("retention: 2d}", "cleanup: compact, config: {segment.ms: 1h, min.insync.replicas: 2}}")

    [topic] = a_catalogue(tmp_path, text).topics

    assert topic.settings() == {"cleanup.policy": "compact", "segment.ms": "3600000", "min.insync.replicas": "2"}


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("retention: 2d", "retention: 2 days", "a duration is"),
        ("retention: 2d", "retention: 0d", "a duration is"),
        ("retention: 2d", "cleanup: compact, retention: 2d", "a compacted one has none"),
        ("retention: 2d", "cleanup: delete", "has a retention"),
        ("partitions: 3", "partitions: 0", "greater than or equal to 1"),
        ("partitions: 3", "partitions: 3, consumer: c", "Extra inputs are not permitted"),
        ("qmi.a.events.v1", "a.events", "should match pattern"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, good: str, bad: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        a_catalogue(tmp_path, MINIMAL.replace(good, bad))


def test_a_topic_declared_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="declared twice"):
        a_catalogue(tmp_path, MINIMAL + MINIMAL.splitlines()[-1])
