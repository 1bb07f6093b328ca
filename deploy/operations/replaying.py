"""Making a group hear a part of its topics again, or a new group hear them for the first time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiokafka import TopicPartition

from deploy.commands.output import Refused
from deploy.kafka import catalogue
from deploy.kafka.catalogue import Topic
from deploy.kafka.groups import Groups, Offsets
from deploy.operations.letters import Progress
from deploy.operations.transactions import Act, schema_of
from shared.events.topics import dead_letter_topic
from shared.kit.kafka import KafkaAccess
from shared.kit.reading import Range
from shared.kit.replay import Expected, Forgotten, expect, forget

EMBEDDED = (
    "Le courtier embarqué ne sait ni qui écoute, ni ce qui fut dit à telle date, ni reculer un groupe."
    " Pour tout réentendre : arrêtez la pile et relancez « make run » ; l’historique est redonné au courtier,"
    " et les groupes partent du début."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will move: for each partition where the group is and where it would go, and what that would deliver."""

    moves: dict[TopicPartition, Range]
    expected: Expected

    @property
    def offsets(self) -> Offsets:
        """Where the group goes."""
        return {(place.topic, place.partition): start for place, (start, _) in self.moves.items()}


def subscriptions(service: str, topics: Sequence[str]) -> list[str]:
    """What a group of a service hears: as asked, else as topics.yaml says."""
    declared = [topic.name for topic in catalogue.read().topics if service in topic.consumers]
    return sorted(set(topics) or declared)


def refuse_if_heard(groups: Groups, group: str) -> None:
    """Raise Refused while a worker is in the group."""
    if members := groups.members(group):
        raise Refused(
            f"Le groupe « {group} » a {len(members)} membres : {', '.join(members)}."
            " Arrêtez ses workers (dix secondes après un arrêt brutal), puis recommencez."
        )


def moves_back(
    groups: Groups, group: str, topics: Sequence[str], start: datetime | None
) -> dict[TopicPartition, Range]:
    """Where the group would go back, and where it is; what it never heard, and what is later already, stays.

    All the topics it has heard, unless some are named.
    """
    heard = {place: offset for place, offset in groups.committed(group).items() if not topics or place[0] in topics}
    target = groups.offsets_at(sorted({topic for topic, _ in heard}), start)
    return {
        TopicPartition(*place): (target[place], offset)
        for place, offset in sorted(heard.items())
        if place in target and target[place] < offset
    }


async def survey(
    access: KafkaAccess,
    owner_dsn: str,
    service: str,
    group: str,
    moves: dict[TopicPartition, Range],
    until: datetime | None,
    progress: Progress,
) -> Plan:
    """What going back would deliver, and how much of it the inbox does not know."""
    async with schema_of(owner_dsn, service) as connection:
        expected = await expect(access, connection, group, moves, until=until, progress=progress)
    return Plan(moves, expected)


async def write_down(
    access: KafkaAccess,
    owner_dsn: str,
    service: str,
    plan: Plan,
    act: Act,
    *,
    forgetting: bool,
    until: datetime | None,
    progress: Progress,
) -> Forgotten:
    """Record the replay and, if asked, forget what the group did in that range: all of it, in one transaction."""
    async with schema_of(owner_dsn, service) as connection, act.transaction(connection):
        if not forgetting:
            return Forgotten()
        return await forget(access, connection, act.group, plan.moves, until=until, progress=progress)


def start_group(groups: Groups, group: str, topics: Sequence[str], start: datetime | None) -> Offsets:
    """Where a group that never was would begin, partition by partition; raises Refused if it already is."""
    refuse_if_heard(groups, group)
    if groups.committed(group):
        raise Refused(f"Le groupe « {group} » existe déjà : prenez un autre nom, ou rejouez-le lui-même.")
    return groups.offsets_at(topics, start)


def dead_letter_topics_of(group: str, service: str, topics: Sequence[str]) -> list[Topic]:
    """The dead-letter topics a new group needs: like those of its service."""
    declared = {topic.name: topic for topic in catalogue.read().everything()}
    return [
        like.model_copy(update={"name": dead_letter_topic(topic, group)})
        for topic in topics
        if (like := declared.get(dead_letter_topic(topic, service)))
    ]
