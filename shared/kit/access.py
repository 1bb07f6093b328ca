"""Who may do what, on whose things: one pure decision, deny by default."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from shared.kit.refusals import Forbidden


class Role(StrEnum):
    """What a person or a system is in the programme; carried by the `roles` claim of its token."""

    PROGRAMME = "programme"
    METROPOLE = "metropole"
    COMMUNE_AGENT = "commune_agent"
    COMMUNE_SIGNATORY = "commune_signatory"
    COMMITTEE_MEMBER = "committee_member"
    COMMITTEE_CHAIR = "committee_chair"
    JUROR = "juror"
    INNOVATOR = "innovator"
    PARTNER = "partner"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Principal:
    """The bearer of a verified token: an opaque subject, its roles, the organisation it speaks for."""

    subject: str
    roles: frozenset[Role]
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """These roles may do it: on anything (`any`), or only on what belongs to their organisation (`own`)."""

    roles: frozenset[Role] | set[Role]
    scope: Literal["any", "own"]


Rules = Mapping[str, Rule | tuple[Rule, ...]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a decision lets one see; repositories demand it, and what lies outside is NotFound for them."""

    organisation: str | None
    unlimited: bool = False

    @classmethod
    def everything(cls) -> "Scope":
        """No limit: the programme team, the platform's own work."""
        return cls(None, unlimited=True)

    @classmethod
    def only(cls, organisation: str) -> "Scope":
        """Only what belongs to this organisation (INSEE code of a commune, slug or identifier of the others)."""
        return cls(organisation)

    def includes(self, organisation: str | None) -> bool:
        """Whether a thing of this organisation is visible; a thing of nobody is visible to nobody but `everything`."""
        return self.unlimited or (organisation is not None and organisation == self.organisation)

    @property
    def owner(self) -> str | None:
        """For SQL, `WHERE ($1::text IS NULL OR organisation = $1)`: None only when nothing is hidden."""
        if not self.unlimited and not self.organisation:
            raise Forbidden("Cette portée ne désigne aucune organisation.")
        return None if self.unlimited else self.organisation


def decide(principal: Principal, action: str, rules: Rules) -> Scope:
    """The widest scope the rules of this action give to the principal's roles; Forbidden when there is none."""
    rule = rules.get(action, ())
    granted = [r for r in (rule if isinstance(rule, tuple) else (rule,)) if principal.roles & r.roles]
    if any(r.scope == "any" for r in granted):
        return Scope.everything()
    if granted and principal.organisation:
        return Scope.only(principal.organisation)
    raise Forbidden("Votre rôle ne permet pas cette action.")
