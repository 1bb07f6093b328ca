"""What is publicly known of edition 2, each fact with its source; the models of `data/facts.json`."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    """A part of a data file; a field nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CallFacts(Entry):
    """When the call to communes was open, and how many it meant to retain."""

    opens_on: date
    closes_on: date
    quota: int
    source: tuple[str, ...]


class CriteriaFacts(Entry):
    """The five criteria (R118 to R123)."""

    labels: tuple[str, ...]
    source: tuple[str, ...]


class Funnel(Entry):
    """How many communes were interested, applied, won."""

    interested: int
    submitted: int
    laureates: int
    source: tuple[str, ...]


class Laureates(Entry):
    """Who was designated, when and by whom."""

    communes: tuple[str, ...]
    designated_on: date
    body: str
    source: tuple[str, ...]


class WaveFacts(Entry):
    """The first project call."""

    number: int
    communes: tuple[str, ...]
    opens_on: date
    closes_on: date
    source: tuple[str, ...]


class ProjectFacts(Entry):
    """How many projects won, and the themes of the wave."""

    laureates: int
    announced_in: str
    per_commune: tuple[int, int]
    themes: tuple[str, ...]
    themes_remark: str
    source: tuple[str, ...]


class Facts(Entry):
    """What is publicly known of edition 2."""

    note: str
    invented: Literal[False]
    sources: dict[str, str]
    edition: int
    call: CallFacts
    criteria: CriteriaFacts
    funnel: Funnel
    laureates: Laureates
    wave: WaveFacts
    projects: ProjectFacts
