"""The evaluation protocol: what the experiment will be judged by, fixed before it starts (R075)."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from services.experiments.domain.errors import InvalidField


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something measured, from where it stands (`baseline`) to where it should go (`target`), in `unit`."""

    code: str
    label: str
    unit: str
    baseline: Decimal
    target: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the calendar, both days included."""

    label: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Protocol:
    """Hypotheses, indicators, method and calendar."""

    hypotheses: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    method: str
    calendar: tuple[Step, ...]

    def check(self) -> None:
        """Refuse, naming the field, two indicators of one code and a step that ends before it starts."""
        codes = [indicator.code for indicator in self.indicators]
        for index, code in enumerate(codes):
            if code in codes[:index]:
                message = f"Deux indicateurs portent le code « {code} »."
                raise InvalidField(f"/indicators/{index}/code", "duplicate", message)
        for index, step in enumerate(self.calendar):
            if step.ends_on < step.starts_on:
                message = "Une étape ne peut pas finir avant d'avoir commencé."
                raise InvalidField(f"/calendar/{index}/ends_on", "before-start", message)

    @property
    def digest(self) -> str:
        """SHA-256 of its canonical JSON: the same protocol has the same digest, whoever wrote it."""
        canonical = {
            "hypotheses": self.hypotheses,
            "indicators": [tuple(_canonical(indicator)) for indicator in self.indicators],
            "method": self.method,
            "calendar": [(step.label, step.starts_on.isoformat(), step.ends_on.isoformat()) for step in self.calendar],
        }
        text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RegisteredProtocol:
    """A version of the protocol, kept for ever; the highest one is the one in use."""

    version: int
    protocol: Protocol
    digest: str
    registered_at: datetime


def _canonical(indicator: Indicator) -> Iterator[str]:
    yield from (indicator.code, indicator.label, indicator.unit)
    for number in (indicator.baseline, indicator.target):
        yield format(number.normalize() + 0, "f")
