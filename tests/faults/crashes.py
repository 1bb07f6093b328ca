"""Crash points around every await of the way of a message; `QMI_CRASH_AT=<point>:<n>` dies at the nth passage.

Only the processes of the fault tests know this: they wrap functions of the kit. SIGUSR1 reads the file named by
QMI_CRASH_FILE, so that a running process can be told where to die.
"""

import functools
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from shared.kit import inbox, park
from shared.kit.api.idempotency import OnlyOnce
from shared.kit.consume import Handling
from shared.kit.consumer import Consumer
from shared.kit.dead_letters import DeadLetters
from shared.kit.inbox import Inbox
from shared.kit.relay import Relay
from shared.kit.shards import Shards
from shared.kit.unit_of_work import SqlUnitOfWork

_WRAPPED: dict[str, list[tuple[Any, str]]] = {
    "api": [(OnlyOnce, "claim"), (SqlUnitOfWork, "publish"), (SqlUnitOfWork, "_commit")],
    "relay": [(Shards, "balance"), (Relay, "_start"), (Relay, "_send"), (Relay, "_send_batch")],
    "worker": [
        (Inbox, "take"),
        (park, "blocked"),
        (inbox, "claim"),
        (Handling, "run"),
        (Inbox, "_in_one_transaction"),
        (park, "park"),
        (Inbox, "_retry"),
        (DeadLetters, "send"),
        (Consumer, "_commit"),
    ],
}
# Passed by every batch; the others need something to go wrong first.
_RARE = {"park.park", "Inbox._retry", "DeadLetters.send"}

_passed: Counter[str] = Counter()
_at: tuple[str, int] = ("", 0)


def points(role: str) -> list[str]:
    """The points of a role that are passed under any load."""
    labels = [_label(owner, name) for owner, name in _WRAPPED[role]]
    return [f"{label}:{side}" for label in labels if label not in _RARE for side in ("before", "after")]


def install(role: str) -> None:
    """Wrap the functions of this role, and obey QMI_CRASH_AT."""
    for owner, name in _WRAPPED[role]:
        _guard(owner, name)
    _aim(os.environ.get("QMI_CRASH_AT", ""))
    file = os.environ.get("QMI_CRASH_FILE")
    if file:
        signal.signal(signal.SIGUSR1, lambda *_: _aim(Path(file).read_text().strip()))


def reach(point: str) -> None:
    """Die here if told so: no cleanup, no farewell."""
    name, times = _at
    if name and point == name:
        _passed[point] += 1
        if _passed[point] >= times:
            os.kill(os.getpid(), signal.SIGKILL)


def _aim(told: str) -> None:
    global _at
    point, _, times = told.rpartition(":")
    _at = (point, int(times or 0))
    _passed.clear()


def _guard(owner: Any, name: str) -> None:
    whole, label = getattr(owner, name), _label(owner, name)

    @functools.wraps(whole)
    async def guarded(*arguments: Any, **named: Any) -> Any:
        reach(f"{label}:before")
        result = await whole(*arguments, **named)
        reach(f"{label}:after")
        return result

    setattr(owner, name, guarded)


def _label(owner: Any, name: str) -> str:
    return f"{owner.__name__.rpartition('.')[2]}.{name}"
