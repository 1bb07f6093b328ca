"""What one process says of itself: whether it is ready, and its metrics."""

import asyncio
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

PATIENCE = 3.0


@dataclass(frozen=True)
class Sample:
    """One value of a metric."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Process:
    """A process of a service: `state` is ready, degraded, not-ready or away; `checks` are those that are not ok."""

    state: str
    checks: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, tuple[Sample, ...]] = field(default_factory=dict)

    def of(self, name: str, **labels: str) -> Iterator[Sample]:
        """The known samples of a metric that have these labels."""
        for sample in self.samples.get(name, ()):
            if labels.items() <= sample.labels.items() and not math.isnan(sample.value):
                yield sample


AWAY = Process("away")


async def ask(client: httpx.AsyncClient, url: str) -> Process:
    """What the process at this address says; AWAY when it does not answer, or is none of ours."""
    try:
        readiness, metrics = await asyncio.gather(client.get(f"{url}/readyz"), client.get(f"{url}/metrics"))
        said: Any = readiness.json()
        checks = {name: state for name, state in said["checks"].items() if state != "ok"}
        ready = readiness.status_code == httpx.codes.OK
        return Process(_state(ready=ready, degraded=bool(checks)), checks, read(metrics.text))
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
        return AWAY


def read(exposition: str) -> dict[str, tuple[Sample, ...]]:
    """The samples of an exposition, by name; raises ValueError."""
    found: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(Sample(sample.labels, float(sample.value)))
    return {name: tuple(samples) for name, samples in found.items()}


def _state(*, ready: bool, degraded: bool) -> str:
    if not ready:
        return "not-ready"
    return "degraded" if degraded else "ready"
