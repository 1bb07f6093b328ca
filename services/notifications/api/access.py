"""Who may do what in this service."""

from shared.kit.access import Role, Rule, Rules

_STAFF = frozenset({Role.PROGRAMME, Role.PLATFORM})

RULES: Rules = {
    "notification.list": Rule(frozenset(Role), "own"),
    "notification.read": Rule(frozenset(Role), "own"),
    "delivery.list": Rule(_STAFF, "any"),
    "feed.read": Rule(frozenset({Role.PARTNER, Role.PROGRAMME}), "any"),
}
