"""The eleven territorial bodies (EPT) of the Métropole, of which Paris has none: INSEE, Licence Ouverte 2.0."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from .communes import commune
from .tables import rows


@dataclass(frozen=True, slots=True)
class Ept:
    """A territorial body, by its SIREN."""

    siren: str
    name: str


@cache
def epts() -> tuple[Ept, ...]:
    """All territorial bodies, by SIREN."""
    return tuple(sorted((Ept(row["siren"], row["name"]) for row in rows("epts.csv")), key=lambda body: body.siren))


def ept(siren: str) -> Ept:
    """The territorial body with this SIREN; raises LookupError."""
    for body in epts():
        if body.siren == siren:
            return body
    raise LookupError(f"Aucun établissement public territorial n'a le SIREN {siren!r}.")


def ept_of(insee: str, on: date | None = None) -> Ept | None:
    """The territorial body of a member commune on this date, None for Paris; raises UnknownCommune."""
    siren = commune(insee, on).ept_siren
    return ept(siren) if siren else None
