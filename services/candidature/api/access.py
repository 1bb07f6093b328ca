"""Who may do what in this service."""

from shared.kit.access import Role, Rule, Rules

_STAFF = frozenset({Role.PROGRAMME, Role.METROPOLE, Role.PLATFORM})
_EVERYBODY = frozenset(Role) - _STAFF

RULES: Rules = {
    "call.draft": Rule({Role.PROGRAMME}, "any"),
    "call.revise": Rule({Role.PROGRAMME}, "any"),
    "call.publish": Rule({Role.PROGRAMME}, "any"),
    "call.read": (Rule(_STAFF, "any"), Rule(_EVERYBODY, "own")),
}
