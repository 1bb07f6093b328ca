"""The member communes on any date since 2016: Code officiel géographique 2024 and 2025 (INSEE), Licence Ouverte 2.0."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from .tables import rows

PARIS = "75056"
_ARRONDISSEMENT = re.compile(r"751(0[1-9]|1[0-9]|20)")


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune between two dates: a merger, or a new SIREN, starts another one under the INSEE code that stays."""

    insee: str
    name: str
    departement: str
    departement_name: str
    siren: str
    population: int
    population_2022: int
    ept_siren: str | None
    postal_codes: tuple[str, ...]
    valid_from: date
    valid_until: date | None
    successor: str | None

    def valid_on(self, on: date | None) -> bool:
        """Whether it is so on this date, both bounds included; None asks for what has no known end."""
        if on is None:
            return self.valid_until is None
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


class UnknownCommune(LookupError):
    """No member commune has this code on this date; `successor` is the INSEE code to use instead, if any."""

    def __init__(self, code: str, detail: str, successor: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.successor = successor


def commune(insee: str, on: date | None = None) -> Commune:
    """The member commune with this INSEE code, on this date or as known today; raises UnknownCommune with a hint."""
    for version in _versions().get(insee, ()):
        if version.valid_on(on):
            return version
    raise _unknown(insee)


def member_on(insee: str, on: date) -> bool:
    """Whether this INSEE code is that of a member commune on this date."""
    return any(version.valid_on(on) for version in _versions().get(insee, ()))


def communes_on(on: date | None = None) -> tuple[Commune, ...]:
    """All member communes on this date, or as known today, by INSEE code."""
    return tuple(version for versions in _versions().values() for version in versions if version.valid_on(on))


def commune_of_siren(siren: str, on: date | None = None) -> Commune:
    """The member commune with this SIREN on this date, or as known today; raises UnknownCommune."""
    versions = [version for version in _all() if version.siren == siren]
    for version in versions:
        if version.valid_on(on):
            return version
    raise _unknown_siren(siren, versions)


def commune_of_siret(siret: str, on: date | None = None) -> Commune:
    """The member commune to which this establishment belongs; raises UnknownCommune."""
    return commune_of_siren(siret[:9], on)


@cache
def _all() -> tuple[Commune, ...]:
    return tuple(_from_row(row) for row in rows("communes.csv"))


@cache
def _versions() -> dict[str, tuple[Commune, ...]]:
    codes = sorted({version.insee for version in _all()})
    return {code: tuple(version for version in _all() if version.insee == code) for code in codes}


def _from_row(row: dict[str, str]) -> Commune:
    return Commune(
        insee=row["insee"],
        name=row["name"],
        departement=row["departement"],
        departement_name=row["departement_name"],
        siren=row["siren"],
        population=int(row["population"]),
        population_2022=int(row["population_2022"]),
        ept_siren=row["ept_siren"] or None,
        postal_codes=tuple(row["postal_codes"].split()),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
        successor=row["successor"] or None,
    )


def _unknown(insee: str) -> UnknownCommune:
    if _ARRONDISSEMENT.fullmatch(insee):
        return UnknownCommune(
            insee, f"{insee} est un arrondissement : la commune est Paris, de code {PARIS}.", successor=PARIS
        )
    for version in _versions().get(insee, ()):
        if version.successor:
            heir = commune(version.successor)
            detail = f"{version.name} ({insee}) fait maintenant partie de {heir.name}, de code {heir.insee}."
            return UnknownCommune(insee, detail, heir.insee)
    return UnknownCommune(insee, f"Aucune commune membre de la Métropole du Grand Paris n'a le code INSEE {insee!r}.")


def _unknown_siren(siren: str, versions: Iterable[Commune]) -> UnknownCommune:
    for version in versions:
        heir = commune(version.successor or version.insee)
        if heir.siren != siren:
            detail = f"Le SIREN {siren} n'est plus celui d'une commune membre : voir {heir.name}, {heir.siren}."
            return UnknownCommune(siren, detail, heir.insee)
    return UnknownCommune(siren, f"Aucune commune membre de la Métropole du Grand Paris n'a le SIREN {siren!r}.")
