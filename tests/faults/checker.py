"""The judge: compares what was committed with what was sent and done. The database after healing is the truth."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Step = tuple[str, int]
"""A key and a version: the unit everything is counted in."""


@dataclass(frozen=True, slots=True)
class History:
    """What is known once everything has healed and drained; sequences are in the order things happened."""

    acknowledged: Sequence[str] = ()
    refused: Sequence[str] = ()
    committed: Mapping[str, Step] = field(default_factory=dict)
    sent: Sequence[Step] = ()
    applied: Sequence[Step] = ()
    parked: Sequence[Step] = ()
    dead: Sequence[Step] = ()
    waiting: int = 0


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
    committed = set(history.committed.values())
    applied, sent = Counter(history.applied), Counter(history.sent)
    ended = set(applied) | set(history.parked) | set(history.dead)
    faults: dict[str, Sequence[object]] = {
        "acknowledged to the client and not committed": [
            command for command in history.acknowledged if command not in history.committed
        ],
        "refused to the client and committed": [command for command in history.refused if command in history.committed],
        "committed and never sent": sorted(committed - set(sent)),
        "sent and never committed": sorted(set(sent) - committed),
        "lost: committed without effect": sorted(committed - ended),
        "phantom: effect without commit": sorted(set(applied) - committed),
        "doubled: more than one effect": sorted(step for step, times in applied.items() if times > 1),
        "versions with gaps": _gaps(committed),
        "applied out of order": _disorder(history.applied),
        "first sent out of order": _disorder(list(dict.fromkeys(history.sent))),
        "still in the outbox": list(range(history.waiting)),
    }
    figures = {
        "commands acknowledged": len(history.acknowledged),
        "commands refused": len(history.refused),
        "events committed": len(committed),
        "records on the topic": len(history.sent),
        "records sent again": len(history.sent) - len(sent),
        "effects": len(history.applied),
        "parked": len(history.parked),
        "dead": len(history.dead),
    }
    return Report(figures, {name: found for name, found in faults.items() if found})


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
