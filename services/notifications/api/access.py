"""Who may do what in this service."""

from services.notifications.domain.inbox import FUNCTIONS
from shared.kit.access import Role, Rule, Rules

_STAFF = frozenset({Role.PROGRAMME, Role.PLATFORM})

RULES: Rules = {
    # Of the letters of one's organisation, those to the functions one's roles stand for (domain/inbox.py).
    "notification.list": Rule(frozenset(FUNCTIONS), "own"),
    "notification.read": Rule(frozenset(FUNCTIONS), "own"),
    "delivery.list": Rule(_STAFF, "any"),
    "feed.read": Rule(frozenset({Role.PARTNER, Role.PROGRAMME}), "any"),
}
