"""Who may do what in this service."""

from shared.kit.access import Role, Rule, Rules

_STAFF = frozenset({Role.PROGRAMME, Role.METROPOLE, Role.PLATFORM})
_COMMUNE = frozenset({Role.COMMUNE_AGENT, Role.COMMUNE_SIGNATORY})
_PROGRAMME = Rule({Role.PROGRAMME}, "any")
_HOLDER = Rule({Role.INNOVATOR}, "own")

RULES: Rules = {
    "agreement-terms.read": Rule(_STAFF, "any"),
    "agreement-terms.decide": _PROGRAMME,
    "agreement.read": (Rule(_STAFF, "any"), Rule(_COMMUNE, "own")),
    "agreement.send": _PROGRAMME,
    "agreement.sign": (Rule({Role.PROGRAMME, Role.METROPOLE}, "any"), Rule({Role.COMMUNE_SIGNATORY}, "own")),
    "agreement.abandon": _PROGRAMME,
    "experiment.read": (Rule(_STAFF, "any"), Rule(_COMMUNE | {Role.INNOVATOR}, "own")),
    "experiment.structure": _PROGRAMME,
    "experiment.register-protocol": (_PROGRAMME, _HOLDER),
    "experiment.choose-site": (_PROGRAMME, Rule(_COMMUNE, "own")),
    "experiment.request-resource": (_PROGRAMME, _HOLDER),
    "experiment.grant-resource": Rule(_COMMUNE, "own"),
    "experiment.withdraw-request": (_PROGRAMME, _HOLDER),
    "experiment.launch": _PROGRAMME,
    "experiment.report": (_PROGRAMME, _HOLDER, Rule({Role.COMMUNE_AGENT}, "own")),
    "experiment.pause": _PROGRAMME,
    "experiment.resume": _PROGRAMME,
    "experiment.stop": _PROGRAMME,
    "experiment.complete": _PROGRAMME,
    "experiment.evaluate": _PROGRAMME,
    "result.read": (Rule(_STAFF | {Role.PARTNER}, "any"), Rule(_COMMUNE, "own")),
}
