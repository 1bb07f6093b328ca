"""Consumer groups as the broker has them: who is in, how far they are, and moving them while nobody is."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec  # type: ignore[attr-defined]

from deploy.kafka.catalogue import Topic
from shared.kit.kafka import KafkaAccess

PATIENCE = 30.0
END = -1

Offsets = dict[tuple[str, int], int]


def confluent_options(access: KafkaAccess) -> dict[str, str | int | float | bool]:
    """How the other client library reaches the same brokers."""
    options: dict[str, str | int | float | bool] = {
        "bootstrap.servers": access.servers,
        "security.protocol": access.protocol,
        "log_level": 0,
    }
    if access.protocol.startswith("SASL"):
        options |= {
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": access.username or "",
            "sasl.password": access.password or "",
        }
    if access.ca_file:
        options["ssl.ca.location"] = str(access.ca_file)
    return options


class Groups:
    """Asks and moves the groups of one broker; methods raise KafkaException when it refuses or does not answer."""

    def __init__(self, access: KafkaAccess) -> None:
        self._admin: Any = AdminClient(confluent_options(access))

    @property
    def embedded(self) -> bool:
        """Whether this is librdkafka's mock cluster, which knows neither members nor dates."""
        return str(self._admin.list_topics(timeout=PATIENCE).cluster_id).startswith("mockCluster")

    def members(self, group: str) -> list[str]:
        """Who is in the group now: client and host."""
        [described] = self._admin.describe_consumer_groups([group]).values()
        try:
            return [f"{member.client_id} ({member.host.lstrip('/')})" for member in described.result(PATIENCE).members]
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return []
            raise

    def committed(self, group: str) -> Offsets:
        """How far the group is, by topic and partition; empty for a group that never was."""
        [listed] = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values()
        try:
            places = listed.result(PATIENCE).topic_partitions
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return {}
            raise
        return {(place.topic, place.partition): place.offset for place in places if place.offset >= 0}

    def offsets_at(self, topics: Collection[str], at: datetime | None) -> Offsets:
        """The first offset recorded at or after `at` (None: the first there is), or the end, of each partition."""
        known = self._admin.list_topics(timeout=PATIENCE).topics
        places = [
            TopicPartition(topic, number) for topic in topics if topic in known for number in known[topic].partitions
        ]
        if at is None:
            return self._offsets(places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
        found = self._offsets(places, OffsetSpec.for_timestamp(int(at.timestamp() * 1000)))
        ends = self._offsets(places, OffsetSpec.latest())  # type: ignore[no-untyped-call]
        return {place: ends[place] if offset == END else offset for place, offset in found.items()}

    def move(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Commit these offsets for a group that nobody is in."""
        places = [TopicPartition(topic, partition, offset) for (topic, partition), offset in sorted(offsets.items())]
        [altered] = self._admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, places)]).values()
        for place in altered.result(PATIENCE).topic_partitions:
            if place.error is not None:
                raise KafkaException(place.error)

    def create(self, topics: Sequence[Topic]) -> list[str]:
        """Make the topics that are missing; returns their names."""
        known = self._admin.list_topics(timeout=PATIENCE).topics
        missing = [topic for topic in topics if topic.name not in known]
        new = [NewTopic(topic.name, topic.partitions, -1, config=topic.settings()) for topic in missing]
        for made in self._admin.create_topics(new).values() if new else ():
            made.result(PATIENCE)
        return [topic.name for topic in missing]

    def _offsets(self, places: Sequence[TopicPartition], spec: OffsetSpec) -> Offsets:
        answers = self._admin.list_offsets(dict.fromkeys(places, spec)) if places else {}
        return {(place.topic, place.partition): answer.result(PATIENCE).offset for place, answer in answers.items()}
