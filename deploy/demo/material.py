"""What is played: facts with their sources, and the rest, invented and marked as such; files of `data/`."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from deploy.demo.facts import Entry, Facts
from shared.events.types import luhn_valid
from shared.kit.clock import PARIS
from shared.territory import commune
from shared.territory.french import of

FOLDER = Path(__file__).parent / "data"


class Invented(Entry):
    """Anything made up says so."""

    invented: Literal[True]


class Moments(Invented):
    """The hours the demo has chosen, in Paris."""

    note: str
    moments: dict[str, datetime]


class SectorText(Entry):
    """A sector of a commune and its sheet."""

    name: str
    description: str


class PartnerText(Entry):
    """A local partner."""

    name: str
    kind: str


class CommuneText(Invented):
    """What a commune writes; `quality` (0 to 5) is what the committee will think of it."""

    insee: str
    step: Literal["submitted", "lapsed"]
    challenge: str
    themes: tuple[str, ...]
    sector: SectorText
    partner: PartnerText
    quality: float
    reason: str

    @property
    def name(self) -> str:
        """Its name."""
        return commune_name(self.insee)


class Dossiers(Invented):
    """The communes that were interested, and the dossiers they wrote."""

    note: str
    interested: tuple[str, ...]
    answers: dict[str, str]
    communes: tuple[CommuneText, ...]

    @property
    def submitted(self) -> tuple[CommuneText, ...]:
        """Those that send theirs."""
        return tuple(text for text in self.communes if text.step == "submitted")

    def answers_of(self, text: CommuneText) -> dict[str, str]:
        """The form of a commune, by question."""
        words = {
            "of": of(text.name),
            "challenge": text.challenge,
            "themes": ", ".join(text.themes),
            "partner": text.partner.name,
        }
        return {key: template.format(**words) for key, template in self.answers.items()}


class Seat(Entry):
    """A member of a panel; `conflict` names what the member must not judge: a commune, or the rank of a project."""

    key: str
    organisation: str
    function: str
    chair: bool
    bias: float
    conflict: str | int | None = None
    conflict_reason: str | None = None


class Committee(Invented):
    """Who examines the communes, and what they write."""

    note: str
    members: tuple[Seat, ...]
    criteria_tilt: tuple[float, ...]
    justification: str
    minutes: str
    over_quota_reason: str
    deliberation_number: str


class Project(Invented):
    """A proposal, what the jury thinks of it (0 to 5) and how much each commune wants it (0 to 5)."""

    title: str
    holder: str
    legal_form: str
    country: str
    themes: tuple[str, ...]
    maturity: str
    ranked: tuple[str, ...]
    score: int
    interest: dict[str, int]


class Projects(Invented):
    """The wave: challenges, jury, proposals, sites, conclusions."""

    note: str
    challenges: dict[str, str]
    jury: tuple[Seat, ...]
    projects: tuple[Project, ...]
    sites: dict[str, tuple[str, ...]]
    conclusions: tuple[str, ...]
    paused: int


class Material(Entry):
    """Everything that is played."""

    facts: Facts
    calendar: Moments
    dossiers: Dossiers
    committee: Committee
    projects: Projects


@cache
def material() -> Material:
    """The files of `data/`, checked."""
    files = {name: (FOLDER / f"{name}.json").read_text(encoding="utf-8") for name in Material.model_fields}
    return Material.model_validate_json("{" + ",".join(f'"{name}":{text}' for name, text in files.items()) + "}")


def moment(text: datetime) -> datetime:
    """An hour of the calendar, in Paris."""
    return text.replace(tzinfo=PARIS)


def commune_name(insee: str) -> str:
    """The name of a commune."""
    return commune(insee, date(2024, 1, 12)).name


def invented_siret(number: int) -> str:
    """A SIRET of valid form whose SIREN begins with 0000000, which is never attributed."""
    siren = next(f"0000000{number % 10}{key}" for key in range(10) if luhn_valid(f"0000000{number % 10}{key}"))
    start = f"{siren}{number:04d}"
    return next(start + str(key) for key in range(10) if luhn_valid(start + str(key)))
