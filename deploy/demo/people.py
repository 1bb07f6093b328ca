"""Who calls: functions of the programme, never persons; each has the same identifier in every edition."""

from dataclasses import dataclass
from uuid import UUID

from shared.events.types import ContactFunction
from shared.kit.access import Role
from shared.kit.identity import derived_id

METROPOLE = "metropole-grand-paris"
OPERATOR = "paris-and-co"
MAIL_DOMAIN = "example.org"


@dataclass(frozen=True, slots=True)
class Person:
    """A function held in an organisation; `key` tells apart those who hold the same one."""

    organisation: str
    role: Role
    key: str

    @property
    def id(self) -> UUID:
        """The subject of the token, the identifier of the contact, the seat on a panel."""
        return derived_id("demo", self.organisation, self.role, self.key)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the directory: whom to write to for a function, under a label instead of a name."""

    person: Person
    function: ContactFunction
    label: str
    locale: str = "fr"

    @property
    def email(self) -> str:
        """An invented address that no mail can reach (RFC 2606)."""
        return f"{self.function.replace('_', '-')}.{self.person.key}.{self.person.organisation}@{MAIL_DOMAIN}"


PROGRAMME = Person(OPERATOR, Role.PROGRAMME, "equipe")
DEPUTY = Person(METROPOLE, Role.METROPOLE, "president")
PARTNER = Person("banque-des-territoires", Role.PARTNER, "systeme")


def elected_referent(commune: str) -> Person:
    """The elected official who carries the candidature of a commune."""
    return Person(commune, Role.COMMUNE_SIGNATORY, "elu-referent")


def referent_agent(commune: str) -> Person:
    """The agent who writes the dossier of a commune."""
    return Person(commune, Role.COMMUNE_AGENT, "agent-referent")


def communication_referent(commune: str) -> Person:
    """Who tells the inhabitants."""
    return Person(commune, Role.COMMUNE_AGENT, "communication")


def mayor(commune: str) -> Person:
    """Who signs for a commune."""
    return Person(commune, Role.COMMUNE_SIGNATORY, "maire")


def holder(number: int) -> Person:
    """The organisation that carries a proposal."""
    return Person(f"porteur-{number:02d}", Role.INNOVATOR, "porteur")


def committee_member(organisation: str, key: str, *, chair: bool) -> Person:
    """A seat on the selection committee."""
    return Person(organisation, Role.COMMITTEE_CHAIR if chair else Role.COMMITTEE_MEMBER, key)


def juror(organisation: str, key: str) -> Person:
    """A seat on the jury."""
    return Person(organisation, Role.JUROR, key)
