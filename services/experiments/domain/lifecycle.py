"""Where an experiment may stand, and where it may go from there."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    """Where an experiment stands."""

    PLANNED = "planned"
    STRUCTURING = "structuring"
    PROTOCOL_REGISTERED = "protocol_registered"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"
    EVALUATED = "evaluated"


TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.PLANNED: frozenset({Status.STRUCTURING}),
        Status.STRUCTURING: frozenset({Status.PROTOCOL_REGISTERED}),
        Status.PROTOCOL_REGISTERED: frozenset({Status.READY}),
        Status.READY: frozenset({Status.PROTOCOL_REGISTERED, Status.RUNNING}),
        Status.RUNNING: frozenset({Status.PAUSED, Status.COMPLETED, Status.STOPPED}),
        Status.PAUSED: frozenset({Status.RUNNING, Status.COMPLETED, Status.STOPPED}),
        Status.COMPLETED: frozenset({Status.EVALUATED}),
        Status.STOPPED: frozenset({Status.EVALUATED}),
        Status.EVALUATED: frozenset(),
    }
)
BEFORE_LAUNCH = frozenset({Status.PLANNED, Status.STRUCTURING, Status.PROTOCOL_REGISTERED, Status.READY})
IN_THE_STREET = frozenset({Status.RUNNING, Status.PAUSED})
ENDED = frozenset({Status.COMPLETED, Status.STOPPED})
