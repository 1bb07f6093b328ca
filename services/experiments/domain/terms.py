"""The terms of the agreements of an edition: who is party beside the commune, when it ends, on which template."""

from dataclasses import dataclass
from datetime import date

from services.experiments.domain.errors import InvalidField
from services.experiments.domain.month import Month
from shared.kit.clock import add_months

DEFAULT_TEMPLATE = "convention-engagement"
MONTHS_OF_SUPPORT = 24


@dataclass(frozen=True, slots=True)
class Party:
    """A party: its organisation, its name as the text says it, and the function that represents it (R164, R171)."""

    organisation: str
    name: str
    represented_by: str


METROPOLE = Party("metropole-grand-paris", "La Métropole du Grand Paris", "son Président")
PARIS_AND_CO = Party("paris-and-co", "Paris&Co", "sa Direction générale")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says that its edition decides; there is no amount (R016, R187)."""

    institutions: tuple[Party, ...]
    ends_in: Month
    template: str


@dataclass(frozen=True, slots=True)
class EditionTerms:
    """Edition data (R236, R241): who signs with the commune, the month of the end if it is decided, the template."""

    edition: int
    institutions: tuple[Party, ...] = (METROPOLE,)
    ends_in: Month | None = None
    template: str = DEFAULT_TEMPLATE
    version: int = 0

    def check(self) -> None:
        """Refuse, naming the field, an organisation that would sign twice."""
        organisations = [party.organisation for party in self.institutions]
        for index, organisation in enumerate(organisations):
            if organisation in organisations[:index]:
                message = "Une organisation n'est partie qu'une fois."
                raise InvalidField(f"/institutions/{index}/organisation", "duplicate", message)

    def for_award(self, announced_on: date) -> Terms:
        """The terms of a laureate; without a decided month, two years of support from the announcement (R013)."""
        ends_in = self.ends_in or Month.of(add_months(announced_on, MONTHS_OF_SUPPORT))
        return Terms(self.institutions, ends_in, self.template)
