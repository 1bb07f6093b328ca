"""Who may do what in this service."""

from shared.kit.access import Role, Rule, Rules

_COMMITTEE = frozenset({Role.COMMITTEE_MEMBER, Role.COMMITTEE_CHAIR})
_COMMUNE = frozenset({Role.COMMUNE_AGENT, Role.COMMUNE_SIGNATORY})

_PROGRAMME = Rule({Role.PROGRAMME}, "any")
_OBSERVERS = Rule({Role.PROGRAMME, Role.METROPOLE}, "any")

# For a committee or a jury, `own` is the panel one sits on: the use cases look the member up there.
RULES: Rules = {
    "commune-round.read": (_OBSERVERS, Rule(_COMMITTEE, "own")),
    "commune-round.seat": _PROGRAMME,
    "interests.declare": Rule(_COMMITTEE, "own"),
    "conflict.lift": Rule(_COMMITTEE, "own"),
    "candidature.read": (_PROGRAMME, Rule(_COMMITTEE, "own")),
    "review.submit": Rule(_COMMITTEE, "own"),
    "scores.unseal": (_PROGRAMME, Rule(_COMMITTEE, "own")),
    "recommendation.adopt": (_PROGRAMME, Rule(_COMMITTEE, "own")),
    "recommendation.ratify": Rule({Role.PROGRAMME, Role.METROPOLE}, "any"),
    "commune-result.read": (_OBSERVERS, Rule(_COMMUNE, "own")),
    "project-round.read": (_OBSERVERS, Rule(_COMMUNE | {Role.JUROR}, "own")),
    "project-round.seat": _PROGRAMME,
    "proposal.declare": Rule({Role.JUROR}, "own"),
    "proposal.score": Rule({Role.JUROR}, "own"),
    "proposal.interest": Rule(_COMMUNE, "own"),
    "allocation.propose": (_PROGRAMME, Rule({Role.JUROR}, "own")),
    "allocation.read": (_OBSERVERS, Rule({Role.JUROR}, "own")),
    "allocation.adopt": (_PROGRAMME, Rule({Role.JUROR}, "own")),
    "project-result.read": (_OBSERVERS, Rule(_COMMUNE | {Role.INNOVATOR}, "own")),
}
