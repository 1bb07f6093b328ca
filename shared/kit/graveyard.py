"""Dead letters as they lie in their topics: whose they are, why, and the record as it first came."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.events.envelope import BadEnvelope
from shared.kit.kafka import KafkaAccess
from shared.kit.reading import read_ranges, reader, whole_ranges
from shared.kit.record import Headers, Record, read, read_all

SUFFIX = ".dlt"
ABOUT = "qmi_dlt_"
CYCLE = "qmi_dlt_cycle"

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter. `record` is the original: its topic, place, instant, key, value and headers as they came.

    `cycle` counts how often it was redriven before it died this time; `ours` is False for what no group of ours wrote,
    whose `record` is then what lies in the dead-letter topic.
    """

    topic: str
    partition: int
    offset: int
    group: str
    record: Record
    reason: str
    detail: str
    attempts: int
    died_at: datetime
    cycle: int
    ours: bool = True

    @property
    def place(self) -> Place:
        """Where it lies."""
        return self.topic, self.partition, self.offset

    @property
    def ref(self) -> str:
        """How a person names it: topic:partition:offset."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    @property
    def identity(self) -> tuple[str, str] | None:
        """What the inbox knows it by; None when this release cannot read it either."""
        return None if isinstance(self.record.content, BadEnvelope) else self.record.identity


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which dead letters are meant: all of what is given must hold; `until` is excluded."""

    refs: frozenset[str] = frozenset()
    group: str | None = None
    reason: str | None = None
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def keeps(self, letter: DeadLetter) -> bool:
        """Whether a dead letter is meant."""
        said = f"{letter.reason}: {letter.detail}".casefold()
        return (
            (not self.refs or letter.ref in self.refs)
            and (self.group is None or letter.group == self.group)
            and (self.reason is None or self.reason.casefold() in said)
            and (self.key is None or letter.record.key == self.key.encode())
            and (self.since is None or letter.died_at >= self.since)
            and (self.until is None or letter.died_at < self.until)
        )


def group_of(dead_letter_topic: str) -> tuple[str, str] | None:
    """The source topic and the group in the name of a dead-letter topic; None for another topic."""
    source, _, group = dead_letter_topic.removesuffix(SUFFIX).rpartition(".")
    return (source, group) if dead_letter_topic.endswith(SUFFIX) and source and group else None


def dead_letter(lying: Record) -> DeadLetter:
    """What a record of a dead-letter topic says: the headers our groups put at its end are taken off again."""
    named = group_of(lying.topic) or (lying.topic, "")
    headers, about = _split(lying.headers)
    try:
        original = read(
            topic=named[0],
            partition=int(about["partition"]),
            offset=int(about["offset"]),
            timestamp=datetime.fromisoformat(about["timestamp"]),
            key=lying.key,
            value=lying.value,
            headers=headers,
        )
        reason, attempts = about["reason"], int(about["attempts"])
        died_at = datetime.fromisoformat(about["at"]).astimezone(UTC)
    except (KeyError, ValueError):
        return DeadLetter(*_place(lying), named[1], lying, "unknown", "", 0, lying.timestamp, 0, ours=False)
    cycle = int(about["cycle"]) if about.get("cycle", "").isdecimal() else 0
    return DeadLetter(*_place(lying), named[1], original, reason, about.get("detail", ""), attempts, died_at, cycle)


def with_cycle(headers: Headers, cycle: int) -> Headers:
    """The headers of a message given back for the nth time."""
    return (*headers, (CYCLE, str(cycle).encode()))


async def dead_letter_topics(access: KafkaAccess) -> list[str]:
    """Every dead-letter topic the broker has."""
    async with reader(access) as consumer:
        return sorted(topic for topic in await consumer.topics() if group_of(topic))


async def read_dead_letters(
    access: KafkaAccess, topics: Collection[str], *, progress: Callable[[int, int], None] = lambda done, total: None
) -> list[DeadLetter]:
    """All dead letters of these topics as of now, in the order of their places; none that comes meanwhile."""
    found: list[DeadLetter] = []
    async with reader(access) as consumer:
        ranges = await whole_ranges(consumer, topics)
        total, done = sum(end - start for start, end in ranges.values()), 0
        async for raw in read_ranges(consumer, ranges):
            found += [dead_letter(record) for record in read_all(raw)]
            done += len(raw)
            progress(done, total)
    return sorted(found, key=lambda letter: letter.place)


def _place(lying: Record) -> Place:
    return lying.topic, lying.partition, lying.offset


def _split(headers: Headers) -> tuple[Headers, dict[str, str]]:
    """The headers as they came, and those that begin with `qmi_dlt_` at the end, without that beginning."""
    end = len(headers)
    while end and headers[end - 1][0].startswith(ABOUT):
        end -= 1
    texts = {
        name.removeprefix(ABOUT): value.decode("utf-8", "replace") for name, value in headers[end:] if value is not None
    }
    return headers[:end], texts
