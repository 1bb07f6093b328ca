"""What topics.yaml says, checked."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

FILE = Path(__file__).with_name("topics.yaml")
FOREVER = -1
PARTNERS = "partners"

_DAY = 24 * 60 * 60 * 1000
_UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": _DAY}


def _milliseconds(text: object) -> object:
    if text == "forever":
        return FOREVER
    if isinstance(text, str) and (match := re.fullmatch(r"([1-9][0-9]*)([smhd])", text)):
        return int(match[1]) * _UNITS[match[2]]
    raise ValueError("a duration is `forever`, or a number and one of s, m, h, d, like 90d")


def _setting(value: object) -> object:
    return str(_milliseconds(value)) if isinstance(value, str) and re.fullmatch(r"[0-9]+[smhd]", value) else str(value)


Service = Annotated[str, Field(pattern=r"^[a-z]+$")]
Milliseconds = Annotated[int, BeforeValidator(_milliseconds)]
Setting = Annotated[str, BeforeValidator(_setting)]


class Strict(BaseModel):
    """A part of the file: a word it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Topic(Strict):
    """A topic as it must be: who writes it, who reads it, how long it is kept (milliseconds, -1 for ever)."""

    name: Annotated[str, Field(pattern=r"^qmi\.[a-z0-9.-]+$", max_length=200)]
    emitter: Service
    consumers: tuple[Service, ...]
    partitions: Annotated[int, Field(ge=1, le=100)]
    retention: Milliseconds | None = None
    cleanup: Literal["delete", "compact"] = "delete"
    dead_letter_retention: Milliseconds | None = None
    config: dict[str, Setting] = {}

    @model_validator(mode="after")
    def _retention_belongs_to_deletion(self) -> Self:
        if (self.cleanup == "delete") != (self.retention is not None):
            raise ValueError(f"{self.name}: a topic that deletes has a retention, a compacted one has none")
        return self

    def settings(self) -> dict[str, str]:
        """The settings of the broker for this topic."""
        retention = {} if self.retention is None else {"retention.ms": str(self.retention)}
        return {"cleanup.policy": self.cleanup, **retention, **self.config}


class DeadLetters(Strict):
    """What the dead letter topics have in common."""

    partitions: Annotated[int, Field(ge=1, le=100)]
    retention: Milliseconds


class Catalogue(Strict):
    """All the topics of the platform."""

    dead_letters: DeadLetters
    topics: tuple[Topic, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [topic.name for topic in self.topics]
        if doubles := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"declared twice: {', '.join(sorted(doubles))}")
        return self

    def everything(self) -> tuple[Topic, ...]:
        """The topics declared, then a dead letter topic for each group of ours that reads one."""
        return (*self.topics, *(self._dead_letters(topic, group) for topic, group in self._subscriptions()))

    def _subscriptions(self) -> list[tuple[Topic, str]]:
        return [(topic, group) for topic in self.topics for group in topic.consumers if group != PARTNERS]

    def _dead_letters(self, topic: Topic, group: str) -> Topic:
        return Topic.model_construct(
            name=f"{topic.name}.{group}.dlt",
            emitter=group,
            consumers=(),
            partitions=self.dead_letters.partitions,
            retention=topic.dead_letter_retention or self.dead_letters.retention,
            # The largest message there is, and the reasons why it is dead.
            config={"max.message.bytes": "2097152"},
        )


def read(file: Path = FILE) -> Catalogue:
    """The catalogue in `file`; raises pydantic.ValidationError with every mistake it holds."""
    return Catalogue.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
