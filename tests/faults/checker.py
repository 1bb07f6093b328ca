"""The judge: compares what was committed with what was sent and done. The database after healing is the truth."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

Step = tuple[str, int]
"""A key and a version: the unit everything is counted in."""

Place = tuple[int, int]
"""A partition and an offset."""

LOST = "lost: committed without effect"
PHANTOM = "phantom: effect without commit"
DOUBLED = "doubled: more than one effect"
NEVER_SENT = "committed and never sent"
SENT_OUT_OF_ORDER = "first sent out of order"
APPLIED_OUT_OF_ORDER = "applied out of order"
NEVER_FIRED = "deadline that did not fire"
OFFSET_AHEAD = "offset committed past an unapplied record"


@dataclass(frozen=True, slots=True)
class Sample:
    """The offsets a group had committed, and an instant of the database by which they had been."""

    at: datetime
    offsets: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class History:
    """What is known once everything has healed and drained; sequences are in the order things happened.

    `due` are the commands of the deadlines that were set; `mended` what may die of a bug and is then given back.
    """

    acknowledged: Sequence[str] = ()
    refused: Sequence[str] = ()
    unknown: Sequence[str] = ()
    committed: Sequence[tuple[str, Step]] = ()
    due: Sequence[str] = ()
    states: Mapping[str, int] = field(default_factory=dict)
    sent: Sequence[Step] = ()
    applied: Sequence[Step] = ()
    parked: Sequence[Step] = ()
    dead: Sequence[Step] = ()
    mended: Collection[Step] = ()
    poison: Sequence[str] = ()
    buried: Sequence[str] = ()
    waiting: int = 0
    traces: Mapping[str, str] = field(default_factory=dict)
    effect_traces: Sequence[tuple[Step, str]] = ()
    places: Mapping[Place, Step] = field(default_factory=dict)
    taken_at: Mapping[Step, datetime] = field(default_factory=dict)
    samples: Sequence[Sample] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict and its figures."""

    figures: Mapping[str, int]
    faults: Mapping[str, Sequence[object]]

    @property
    def sound(self) -> bool:
        """Nothing lost, nothing doubled, in order per key."""
        return not self.faults

    def __str__(self) -> str:
        lines = [f"{name}: {value}" for name, value in self.figures.items()]
        lines += [f"FAULT {name}: {len(found)}, such as {list(found)[:5]}" for name, found in self.faults.items()]
        return "\n".join(lines)


def check(history: History) -> Report:
    """Judge a history; each promise broken is a fault with its witnesses."""
    faults = {**_of_the_writing(history), **_of_the_sending(history), **_of_the_reading(history)}
    return Report(_figures(history), {name: found for name, found in faults.items() if found})


def _of_the_writing(history: History) -> dict[str, Sequence[object]]:
    commands = Counter(command for command, _ in history.committed)
    steps = Counter(key for _, (key, _) in history.committed)
    return {
        "acknowledged to the client and not committed": [
            command for command in history.acknowledged if command not in commands
        ],
        "refused to the client and committed": [command for command in history.refused if command in commands],
        "committed twice for one command": [command for command, times in commands.items() if times > 1],
        "versions with gaps": _gaps({step for _, step in history.committed}),
        NEVER_FIRED: [command for command in history.due if command not in commands],
        "state and log differ": [key for key, version in history.states.items() if version != steps[key]],
    }


def _of_the_sending(history: History) -> dict[str, Sequence[object]]:
    committed, sent = {step for _, step in history.committed}, set(history.sent)
    return {
        NEVER_SENT: sorted(committed - sent),
        "sent and never committed": sorted(sent - committed),
        SENT_OUT_OF_ORDER: _disorder(list(dict.fromkeys(history.sent))),
        "still in the outbox": list(range(history.waiting)),
    }


def _of_the_reading(history: History) -> dict[str, Sequence[object]]:
    committed = {step for _, step in history.committed}
    applied = Counter(history.applied)
    dead, mended = set(history.dead), set(history.mended)
    ended = set(applied) | set(history.parked) | (dead - mended)
    told = {step: history.traces[command] for command, step in history.committed if command in history.traces}
    return {
        LOST: sorted(committed - ended),
        PHANTOM: sorted(set(applied) - committed),
        DOUBLED: sorted(step for step, times in applied.items() if times > 1),
        APPLIED_OUT_OF_ORDER: _disorder([step for step in history.applied if step not in dead & mended]),
        "applied and dead as well": sorted(set(applied) & dead - mended),
        "poison lost": sorted(set(history.poison) - set(history.buried)),
        "effect under another trace": [step for step, trace in history.effect_traces if trace != told.get(step, trace)],
        OFFSET_AHEAD: _overtaken(history, ended),
    }


def _figures(history: History) -> dict[str, int]:
    return {
        "commands acknowledged": len(history.acknowledged),
        "commands refused": len(history.refused),
        "commands of unknown outcome": len(history.unknown),
        "events committed": len(history.committed),
        "keys": len({key for _, (key, _) in history.committed}),
        "records on the topic": len(history.sent),
        "records sent again": len(history.sent) - len(set(history.sent)),
        "effects": len(history.applied),
        "still parked": len(history.parked),
        "commands of deadlines": len(history.due),
        "dead-lettered": len(set(history.dead)),
        "given back and applied": len(set(history.dead) & set(history.applied)),
        "poison sent and buried": len(set(history.poison) & set(history.buried)),
        "samples of the offsets": len(history.samples),
    }


def _overtaken(history: History, ended: set[Step]) -> list[object]:
    """Records below an offset committed by an instant at which nothing had been done with them."""
    late: dict[Step, object] = {}
    first: dict[Step, Place] = {}
    for place, step in sorted(history.places.items()):
        first.setdefault(step, place)
    for sample in history.samples:
        for step, (partition, offset) in first.items():
            if offset < sample.offsets.get(partition, 0):
                taken = history.taken_at.get(step)
                if step not in ended or (taken is not None and taken > sample.at):
                    late[step] = (*step, partition, offset)
    return list(late.values())


def _gaps(steps: set[Step]) -> list[str]:
    versions: dict[str, set[int]] = {}
    for key, version in steps:
        versions.setdefault(key, set()).add(version)
    return [key for key, found in versions.items() if found != set(range(1, len(found) + 1))]


def _disorder(steps: Sequence[Step]) -> list[Step]:
    """The steps that come after a later version of their key."""
    reached: dict[str, int] = {}
    late = []
    for key, version in steps:
        if version < reached.get(key, 0):
            late.append((key, version))
        reached[key] = max(version, reached.get(key, 0))
    return late
