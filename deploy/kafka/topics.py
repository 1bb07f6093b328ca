"""Brings a broker to what topics.yaml says; `python -m deploy.kafka.topics apply` or `check`."""

import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import typer
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from deploy.kafka.catalogue import Topic, read

PATIENCE = 30.0
BROKERS_CHOICE = -1
PARTITIONS = "partitions"


class BrokerUnreachable(Exception):
    """No broker answered in time."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a topic, or, for a drift, what differs and was left as it is."""

    kind: Literal["created", "updated", "drift"]
    topic: str
    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind:8} {self.topic}: {self.what} {self.detail}"


@dataclass(frozen=True, slots=True)
class Actual:
    """A topic as the broker has it."""

    partitions: int
    settings: Mapping[str, str]


def apply(
    bootstrap: str,
    topics: Sequence[Topic] | None = None,
    *,
    update: bool = False,
    dry_run: bool = False,
    replication: int = BROKERS_CHOICE,
    patience: float = PATIENCE,
) -> list[Change]:
    """Create the topics that are missing (by default those of topics.yaml) and say what differs; repeatable.

    `update` also brings settings to what is declared; a number of partitions is never changed. `dry_run` only tells.
    Raises BrokerUnreachable after `patience` seconds, KafkaException when the broker refuses.
    """
    wanted = {topic.name: topic for topic in (read().everything() if topics is None else topics)}
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    existing = _existing(admin, wanted.keys(), patience)
    missing = [topic for name, topic in wanted.items() if name not in existing]
    differing = [change for name, actual in existing.items() for change in drift(wanted[name], actual)]
    if not dry_run:
        _create(admin, missing, replication)
        if update:
            differing = _update(admin, wanted, differing)
    return [_created(topic) for topic in missing] + differing


def drift(wanted: Topic, actual: Actual) -> list[Change]:
    """What differs between a topic as declared and as it is."""
    declared = {PARTITIONS: str(wanted.partitions), **wanted.settings()}
    found = {PARTITIONS: str(actual.partitions), **actual.settings}
    return [
        Change("drift", wanted.name, what, f"is {found.get(what)} instead of {value}")
        for what, value in declared.items()
        if found.get(what) != value
    ]


def _created(topic: Topic) -> Change:
    settings = ", ".join(f"{name}={value}" for name, value in topic.settings().items())
    return Change("created", topic.name, PARTITIONS, f"{topic.partitions}, {settings}")


def _existing(admin: AdminClient, names: Collection[str], patience: float) -> dict[str, Actual]:
    here = {name: count for name, count in _partitions(admin, patience).items() if name in names}
    if not here:
        return {}
    answers = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in here])
    entries = {resource.name: answer.result(PATIENCE) for resource, answer in answers.items()}
    return {
        name: Actual(count, {setting: str(entry.value) for setting, entry in entries[name].items()})
        for name, count in here.items()
    }


def _partitions(admin: AdminClient, patience: float) -> dict[str, int]:
    end = time.monotonic() + patience
    while True:
        try:
            return {name: len(topic.partitions) for name, topic in admin.list_topics(timeout=2).topics.items()}
        except KafkaException as error:
            if time.monotonic() >= end:
                raise BrokerUnreachable(f"no broker answered within {patience:.0f} s") from error
            time.sleep(0.2)


def _create(admin: AdminClient, topics: Sequence[Topic], replication: int) -> None:
    new = [NewTopic(topic.name, topic.partitions, replication, config=topic.settings()) for topic in topics]
    for made in admin.create_topics(new).values() if new else ():
        try:
            made.result(PATIENCE)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # made by another run at this moment
                raise


def _update(admin: AdminClient, wanted: Mapping[str, Topic], differing: Sequence[Change]) -> list[Change]:
    settings = [change for change in differing if change.what != PARTITIONS]
    resources = [_declared(wanted[name]) for name in dict.fromkeys(change.topic for change in settings)]
    for answer in admin.incremental_alter_configs(resources).values() if resources else ():
        answer.result(PATIENCE)
    return [replace(change, kind="updated") if change in settings else change for change in differing]


def _declared(topic: Topic) -> ConfigResource:
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in topic.settings().items()
    ]
    return ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=entries)


app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
Kafka = Annotated[str, typer.Option("--kafka", envvar="QMI_KAFKA", help="host:port of a broker")]


@app.command("apply")
def apply_command(
    kafka: Kafka = "127.0.0.1:9092",
    update: Annotated[bool, typer.Option(help="bring settings that differ to what is declared")] = False,
    replication: Annotated[int, typer.Option(help="copies of each partition; -1 is the broker's choice")] = -1,
    patience: Annotated[float, typer.Option(help="seconds to wait for the broker")] = 60.0,
) -> None:
    """Create what is missing, say what differs."""
    for change in (changes := apply(kafka, update=update, replication=replication, patience=patience)):
        print(change)
    print(f"topics: {sum(change.kind == 'created' for change in changes)} created, {len(read().everything())} declared")


@app.command()
def check(kafka: Kafka = "127.0.0.1:9092") -> None:
    """Change nothing; exit code 1 when something is missing or differs."""
    for change in (changes := apply(kafka, dry_run=True)):
        print(replace(change, kind="drift") if change.kind == "created" else change)
    sys.exit(1 if changes else 0)


if __name__ == "__main__":
    app()
