"""One seeded run: load, nemeses one after the other, then heal, drain, read and judge."""

import asyncio
import json
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError

from tests.faults import nemeses
from tests.faults.checker import Report, check
from tests.faults.load import Attempts, Load
from tests.faults.nemeses import Nemesis
from tests.faults.reading import Sampler, drained, read
from tests.faults.running import ROOT
from tests.faults.world import Scene, World

VAR = ROOT / "var" / "faults"


@dataclass(frozen=True)
class Blow:
    """What a nemesis did, and when, in seconds of the run."""

    at: float
    nemesis: str
    done: str
    seconds: float


@dataclass
class Verdict:
    """What a run showed."""

    seed: int
    variant: str
    report: Report
    blows: list[Blow]
    answers: dict[str, int]
    seconds: float
    drain_seconds: float
    drained: bool
    trouble: list[str] = field(default_factory=list)
    passages: dict[str, int] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)

    @property
    def untouched(self) -> list[str]:
        """The crash points nobody passed: the load does not lead there, or not yet."""
        return [point for point, times in self.passages.items() if not times]

    @property
    def sound(self) -> bool:
        """Every promise kept, in time, and every process obedient."""
        return self.report.sound and (self.drained or bool(self.variant)) and not self.trouble

    def page(self) -> str:
        """One page: the verdict, the figures, what was done to the world."""
        broken = f" · variant {self.variant}" if self.variant else ""
        verdict = "SOUND" if self.sound else "BROKEN"
        lines = [f"# Faults · seed {self.seed}{broken} · {verdict}", ""]
        lines += [f"{self.seconds:.0f} s under load, drained in {self.drain_seconds:.1f} s: {self.drained}.", ""]
        lines += ["| figure | |", "|---|---:|", *(f"| {name} | {value} |" for name, value in self._figures().items())]
        lines += ["", "## Promises broken", ""]
        lines += [
            f"- **{name}**: {len(found)}, such as {[str(one) for one in found[:3]]}"
            for name, found in self.report.faults.items()
        ]
        lines += [f"- {trouble}" for trouble in self.trouble] or ([] if self.report.faults else ["None."])
        lines += ["", "## Nemeses", "", "| at | nemesis | done | took |", "|---:|---|---|---:|"]
        lines += [f"| {b.at:.1f} s | {b.nemesis} | {b.done} | {b.seconds:.1f} s |" for b in self.blows]
        lines += [] if self.variant else self._crash_points()
        return "\n".join(lines) + "\n"

    def save(self, folder: Path = VAR) -> Path:
        """Write <seed>.md and <seed>.json; the path of the page."""
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.seed}-{self.variant}" if self.variant else str(self.seed)
        content: dict[str, Any] = {**asdict(self), "sound": self.sound, "at": datetime.now(UTC).isoformat()}
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1, default=str))
        page = folder / f"{name}.md"
        page.write_text(self.page())
        return page

    def _crash_points(self) -> list[str]:
        passed = f"{len(self.passages) - len(self.untouched)} of {len(self.passages)} passed"
        lines = ["", "## Crash points", "", f"{passed}, {len(self.deaths)} died at.", ""]
        lines += [f"- never passed: `{point}`" for point in self.untouched]
        return [*lines, *(f"- died at: `{point}`, of {self.passages[point]} passages" for point in self.deaths)]

    def _figures(self) -> dict[str, int]:
        return {**self.report.figures, **{f"answers {name}": times for name, times in sorted(self.answers.items())}}


@dataclass
class FaultRun:
    """What to do to the world, for how long, from which seed."""

    world: World
    seed: int
    seconds: float = 120.0
    variant: str = ""
    blows: Sequence[tuple[str, Nemesis]] | None = None
    over_http: int = 10
    direct: int = 6
    pace: float = 0.2
    hold: float = 0.0
    processes: dict[str, int] = field(default_factory=lambda: {"api": 2, "relay": 2, "worker": 2})
    at_least: int = 0
    drain_within: float = 240.0

    async def play(self) -> Verdict:
        """Play it to the end; the processes are gone afterwards, whatever happened."""
        scene = await self.world.scene(self.variant)
        try:
            await scene.start(**self.processes)
            verdict = await self._under_load(scene)
            if not verdict.sound and not self.variant:
                shutil.copytree(scene.folder, VAR / f"{self.seed}-logs", dirs_exist_ok=True)
            return verdict
        finally:
            await scene.close()

    async def _under_load(self, scene: Scene) -> Verdict:
        attempts, sampler, chance = Attempts(), Sampler(scene), random.Random(self.seed)
        apis = scene.processes.get("api", [])
        load = Load(attempts, lambda: [api.url for api in apis], self.world.token(), scene.writer, chance, self.pace)
        load.hold = self.hold
        began = time.monotonic()
        sampling = asyncio.create_task(sampler.run())
        writing = asyncio.create_task(load.run(over_http=self.over_http if apis else 0, direct=self.direct))
        blows, trouble = await self._hurt(scene, chance, began)
        while len(attempts.ok) < self.at_least:
            await asyncio.sleep(0.1)
        load.stopped.set()
        await nemeses.heal(scene)
        await writing
        seconds, healed = time.monotonic() - began, time.monotonic()
        in_time = await drained(scene, self.drain_within)
        drain_seconds = time.monotonic() - healed
        await sampler.sample()
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)
        report = check(await read(scene, attempts, sampler.samples))
        answers = dict(attempts.answers)
        trouble += [f"{process.name} ended by itself" for process in scene.everybody() for _ in range(process.ended)]
        return Verdict(
            self.seed,
            self.variant,
            report,
            blows,
            answers,
            seconds,
            drain_seconds,
            in_time,
            trouble,
            *map(dict, scene.crash_points()),
        )

    async def _hurt(self, scene: Scene, chance: random.Random, began: float) -> tuple[list[Blow], list[str]]:
        """One nemesis after the other until the time is up and each has had its turn; a given list once."""
        blows: list[Blow] = []
        trouble: list[str] = []
        queue = list(self.blows or ())
        least = len(nemeses.NEMESES if self.blows is None else self.blows)
        await asyncio.sleep(1.0)
        while time.monotonic() - began < self.seconds or len(blows) < least:
            if not queue and self.blows is None:
                queue = [(name, nemeses.NEMESES[name]) for name in nemeses.plan(chance)]
            if not queue:
                await asyncio.sleep(0.2)
                continue
            name, nemesis = queue.pop(0)
            start = time.monotonic()
            try:
                done = await nemesis(scene, random.Random(chance.random()))
            except KafkaError as error:  # its own client of the broker, not one of the platform's
                done = f"could not: {error!r}"
            except TimeoutError as error:
                done = f"TROUBLE: {error}"
                trouble.append(f"{name}: {error}")
            blows.append(Blow(start - began, name, done, time.monotonic() - start))
            await asyncio.sleep(chance.uniform(0.2, 1.0))
        return blows, trouble
