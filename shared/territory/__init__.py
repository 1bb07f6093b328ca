"""Reference data: the communes of the Métropole du Grand Paris and its territorial bodies, each on a date."""

from .communes import Commune, UnknownCommune, commune, commune_of_siren, commune_of_siret, communes_on, member_on
from .epts import Ept, ept, ept_of, epts

__all__ = [
    "Commune",
    "Ept",
    "UnknownCommune",
    "commune",
    "commune_of_siren",
    "commune_of_siret",
    "communes_on",
    "ept",
    "ept_of",
    "epts",
    "member_on",
]
