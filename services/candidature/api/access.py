"""Who may do what in this service."""

from shared.kit.access import Role, Rule, Rules

_STAFF = frozenset({Role.PROGRAMME, Role.METROPOLE, Role.PLATFORM})
_EVERYBODY = frozenset(Role) - _STAFF
_COMMUNE = frozenset({Role.COMMUNE_AGENT, Role.COMMUNE_SIGNATORY})
_PROGRAMME = frozenset({Role.PROGRAMME})
_INNOVATOR = frozenset({Role.INNOVATOR})
_WITH_CONTACTS = frozenset(Role) - {Role.PROGRAMME, Role.PLATFORM}

RULES: Rules = {
    "call.draft": Rule(_PROGRAMME, "any"),
    "call.revise": Rule(_PROGRAMME, "any"),
    "call.publish": Rule(_PROGRAMME, "any"),
    "call.read": (Rule(_STAFF, "any"), Rule(_EVERYBODY, "own")),
    "candidature.start": Rule(_COMMUNE, "own"),
    "candidature.edit": Rule(_COMMUNE, "own"),
    "candidature.submit": Rule(_COMMUNE, "own"),
    "candidature.withdraw": Rule(_COMMUNE, "own"),
    "candidature.read": (Rule(_STAFF, "any"), Rule(_COMMUNE, "own")),
    "candidature.examine": Rule(_PROGRAMME, "any"),
    "proposal.draft": (Rule(_PROGRAMME, "any"), Rule(_INNOVATOR, "own")),
    "proposal.edit": Rule(_INNOVATOR, "own"),
    "proposal.submit": Rule(_INNOVATOR, "own"),
    "proposal.read": (Rule(_STAFF, "any"), Rule(_INNOVATOR, "own")),
    "proposal.examine": Rule(_PROGRAMME, "any"),
    "contact.write": (Rule(_PROGRAMME, "any"), Rule(_WITH_CONTACTS, "own")),
    "contact.read": (Rule(_PROGRAMME, "any"), Rule(_WITH_CONTACTS, "own")),
}
