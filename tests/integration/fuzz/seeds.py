"""What exists before wrong input comes: who may call, and objects deep enough for every path to lead to something."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.kit.access import Principal, Role, Rules, decide
from shared.kit.refusals import Forbidden

Place = Mapping[str, str]

# Right bodies of what every service offers.
EVERYWHERE: Mapping[str, Sequence[Any]] = {
    "POST /sandbox/clock": [{"now": "2024-03-01T08:00:00Z"}, {"now": "9999-12-31T23:59:59.999999Z"}],
}


@dataclass(frozen=True)
class Identity:
    """Somebody who calls; without headers, nobody."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    roles: frozenset[Role] = frozenset()
    organisation: str = ""

    def may(self, action: str, rules: Rules) -> bool:
        """Whether the rules let this identity in."""
        try:
            decide(Principal(self.name, self.roles, self.organisation or None), action, rules)
        except Forbidden:
            return False
        return True


@dataclass(frozen=True)
class Seeds:
    """What a caller can know of a service: path parameters that go together, identifiers by field, right bodies.

    A place reserved for an operation is in the very state it asks for, and no other operation goes there.
    """

    identities: Sequence[Identity]
    places: Sequence[Place] = ()
    reserved: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    known: Mapping[str, Sequence[str]] = field(default_factory=dict)
    bodies: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def places_for(self, label: str, names: set[str]) -> list[Place]:
        """The places that say where all the parameters of an operation lead, those meant for it first."""
        if not names:
            return []
        return [place for place in (*self.reserved.get(label, ()), *self.places) if names <= place.keys()]
