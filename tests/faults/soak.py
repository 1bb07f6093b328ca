"""`python -m tests.faults.soak --minutes 30`: steady load, nobody hurt; promises kept, and memory that stays flat."""

import argparse
import asyncio
import logging
import random
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field

import psutil
import structlog

from tests.faults.run import VAR, Blow, FaultRun
from tests.faults.world import Scene, World

MEGABYTE = 1024 * 1024
TOLERATED = 3.0
"""Megabytes by which the median of the last third may exceed that of the second; the first third warms up."""


@dataclass
class Memory:
    """The resident memory of one process, in megabytes, sample after sample."""

    samples: list[float] = field(default_factory=list)

    def thirds(self) -> list[float]:
        """The medians of the three thirds of the run."""
        third = max(1, len(self.samples) // 3)
        return [statistics.median(self.samples[n * third : (n + 1) * third] or [0.0]) for n in range(3)]

    @property
    def growth(self) -> float:
        """From the second third to the last."""
        return self.thirds()[2] - self.thirds()[1]


@dataclass
class Soak(FaultRun):
    """A run in which the place of the nemeses is taken by a look at the memory of every process."""

    every: float = 5.0
    memory: dict[str, Memory] = field(default_factory=lambda: defaultdict(Memory))

    async def _hurt(self, scene: Scene, chance: random.Random, began: float) -> tuple[list[Blow], list[str]]:
        while time.monotonic() - began < self.seconds:
            for process in scene.everybody():
                if process.running is not None:
                    taken = psutil.Process(process.running.pid).memory_info().rss / MEGABYTE
                    self.memory[process.name].samples.append(taken)
            await asyncio.sleep(self.every)
        return [], [f"{name} grew by {each.growth:.1f} MB" for name, each in self.memory.items() if not flat(each)]

    def page(self) -> str:
        """Memory by process, third after third."""
        lines = ["## Memory", "", "| process | first third | second | last | growth |", "|---|---:|---:|---:|---:|"]
        for name, each in self.memory.items():
            first, second, last = each.thirds()
            lines.append(f"| {name} | {first:.1f} MB | {second:.1f} MB | {last:.1f} MB | {each.growth:+.1f} MB |")
        return "\n".join(lines) + "\n"


def flat(memory: Memory) -> bool:
    """Whether a process ends as it was once warm."""
    return memory.growth <= TOLERATED


async def play(minutes: float, seed: int) -> bool:
    """Play it, print and save its page; whether every promise was kept and the memory flat."""
    world = World(minutes=minutes)
    try:
        await world.start()
        # What died of a bug in half an hour, a thousand letters, is given back at the end, in three rounds.
        soak = Soak(world, seed, seconds=minutes * 60, drain_within=300.0)
        verdict = await soak.play()
        page = f"{verdict.page()}\n{soak.page()}"
        VAR.mkdir(parents=True, exist_ok=True)
        (VAR / "soak.md").write_text(page)
        print(page, flush=True)
        return verdict.sound
    finally:
        await world.stop()


def main() -> None:
    """Exit 0 when it is sound, memory included."""
    parser = argparse.ArgumentParser(prog="tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sys.exit(not asyncio.run(play(asked.minutes, asked.seed)))


if __name__ == "__main__":
    main()
