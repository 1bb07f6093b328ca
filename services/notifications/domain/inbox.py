"""What somebody may read of the letters its organisation received: those to the functions its roles stand for."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from shared.events.types import ContactFunction
from shared.kit.access import Role

_EVERY = frozenset(ContactFunction)
_OF_COMMUNES = frozenset(
    {
        ContactFunction.ELECTED_REFERENT,
        ContactFunction.REFERENT_AGENT,
        ContactFunction.COMMUNICATION_REFERENT,
        ContactFunction.EXPERT,
        ContactFunction.SIGNATORY,
    }
)

# One organisation may hold the programme team, jurors and a partner system: what one is told under embargo or seal
# is not for the others.
FUNCTIONS: Mapping[Role, frozenset[ContactFunction]] = MappingProxyType(
    {
        Role.PROGRAMME: _EVERY,
        Role.METROPOLE: _EVERY,
        Role.COMMUNE_AGENT: _OF_COMMUNES,
        Role.COMMUNE_SIGNATORY: _OF_COMMUNES,
        Role.COMMITTEE_MEMBER: frozenset({ContactFunction.COMMITTEE_MEMBER}),
        Role.COMMITTEE_CHAIR: frozenset({ContactFunction.COMMITTEE_MEMBER}),
        Role.JUROR: frozenset({ContactFunction.JUROR}),
        Role.INNOVATOR: frozenset({ContactFunction.PROJECT_HOLDER}),
        Role.PARTNER: frozenset({ContactFunction.PARTNER}),
    }
)


def readable(roles: Iterable[Role]) -> frozenset[ContactFunction]:
    """The functions whose letters these roles may read; none for a role that is not listed."""
    return frozenset().union(*(FUNCTIONS.get(role, frozenset()) for role in roles))
