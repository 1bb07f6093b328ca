"""How each broken variant is caught: the load and the blows that make it show, and the faults it must be accused of."""

from tests.faults import checker
from tests.faults.broken import OFFSETS_FIRST
from tests.faults.nemeses import Nemesis, crash_at
from tests.faults.run import FaultRun
from tests.faults.world import World

CRASHES: dict[str, tuple[str, str]] = {
    "ack-before-work": ("worker", "consume.Handling.run _handle before"),
    OFFSETS_FIRST: ("worker", OFFSETS_FIRST),
    "no-inbox": ("worker", "consumer.Consumer._receive _committed before"),
}
"""The role that dies, and where."""

ACCUSED_OF: dict[str, set[str]] = {
    "ack-before-work": {checker.LOST, checker.OFFSET_AHEAD},
    OFFSETS_FIRST: {checker.LOST, checker.OFFSET_AHEAD},
    "no-inbox": {checker.DOUBLED},
    "id-cursor": {checker.NEVER_SENT, checker.LOST},
    "skip-locked": {checker.SENT_OUT_OF_ORDER, checker.APPLIED_OUT_OF_ORDER},
}
"""Faults the report of a variant must name; it may name what follows from them too."""


def run_of(world: World, variant: str, seed: int) -> FaultRun:
    """A short run of a variant: direct writers only, and the crash it cannot survive, if it needs one."""
    blows: list[tuple[str, Nemesis]] = []
    if variant in CRASHES:
        role, point = CRASHES[variant]
        blows = [(f"crash at {point}", crash_at(role, point, 2))] * 2
    relays = 2 if variant == "skip-locked" else 1
    return FaultRun(
        world,
        seed,
        seconds=4.0,
        at_least=400,
        variant=variant,
        blows=blows,
        over_http=0,
        direct=8,
        pace=0.02,
        hold=0.1 if variant == "id-cursor" else 0.0,
        processes={"relay": relays, "worker": 1},
        drain_within=20.0,
    )
