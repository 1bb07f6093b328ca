"""`python -m tests.faults --seed 7 --minutes 5`: a run, or several; the page of each is printed and saved."""

import argparse
import asyncio
import logging
import random
import sys

import structlog

from tests.faults.broken import VARIANTS
from tests.faults.run import FaultRun, Verdict
from tests.faults.variants import run_of
from tests.faults.world import World


async def play(seeds: list[int], minutes: float, broken: list[str]) -> list[Verdict]:
    """Play the runs one after the other on one world."""
    world = World(minutes=minutes)
    verdicts = []
    try:
        await world.start()
        runs = [run_of(world, variant, seed) for seed in seeds for variant in broken]
        runs = runs or [FaultRun(world, seed, seconds=minutes * 60) for seed in seeds]
        for run in runs:
            verdict = await run.play()
            verdicts.append(verdict)
            print(verdict.page(), f"Saved: {verdict.save()}", sep="\n", flush=True)
    finally:
        await world.stop()
    return verdicts


def main() -> None:
    """Exit 0 when every run is sound, or when every broken variant was seen to be broken."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help="may be repeated; by default one at random")
    parser.add_argument("--minutes", type=float, default=5.0, help="of load, for each seed")
    parser.add_argument("--broken", choices=[*VARIANTS, "all"], action="append", default=[], help="a broken variant")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # its pool says at length what the proxy did to it
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    broken = list(VARIANTS) if "all" in asked.broken else asked.broken
    verdicts = asyncio.run(play(asked.seed or [random.randrange(10**6)], asked.minutes, broken))
    sys.exit(any(verdict.sound != (not verdict.variant) for verdict in verdicts))


if __name__ == "__main__":
    main()
