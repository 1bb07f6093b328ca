"""Who gets what: a table from the facts of the programme to the functions that must hear of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from services.notifications.domain.contact import Contact
from shared.events import candidature as c
from shared.events import experiments as e
from shared.events import selection as s
from shared.events.base import Event
from shared.events.types import CallKind, ContactFunction

METROPOLE = "metropole-grand-paris"
PROGRAMME = (ContactFunction.PROGRAMME,)
REFERENTS = (ContactFunction.ELECTED_REFERENT, ContactFunction.REFERENT_AGENT)
AGENT = (ContactFunction.REFERENT_AGENT,)
SIGNATORIES = (ContactFunction.SIGNATORY,)
VOICE = (ContactFunction.COMMUNICATION_REFERENT,)
COMMITTEE = (ContactFunction.COMMITTEE_MEMBER,)
JURY = (ContactFunction.JUROR,)
HOLDER = (ContactFunction.PROJECT_HOLDER,)


@dataclass(frozen=True, slots=True, order=True)
class Addressee:
    """Those who hold a function in an organisation; without organisation, whoever holds it anywhere."""

    organisation: str | None
    function: ContactFunction

    def is_met_by(self, contact: Contact) -> bool:
        """Whether this contact is one of them."""
        return contact.function is self.function and self.organisation in (None, contact.organisation)


@dataclass(frozen=True, slots=True)
class Aim:
    """Functions to tell: in the organisations that `field` of the event names, in a given one, or everywhere."""

    functions: tuple[ContactFunction, ...]
    field: str | None = None
    organisation: str | None = None
    when: Callable[[Any], bool] | None = None

    def addressees(self, event: Event) -> tuple[Addressee, ...]:
        """Whom this aim means for this event."""
        if self.when is not None and not self.when(event):
            return ()
        named = getattr(event, self.field) if self.field else self.organisation
        places = named if isinstance(named, tuple) else (named,)
        return tuple(Addressee(place, function) for place in places for function in self.functions)


def _to_communes(event: c.CallEvent) -> bool:
    return event.kind is CallKind.EXPRESSION_OF_INTEREST


TEAM = Aim(PROGRAMME)
COMMUNE = Aim(REFERENTS, field="commune")
SOLUTION = Aim(HOLDER, field="holder_id")
BOTH_PARTIES = (COMMUNE, Aim(SIGNATORIES, field="commune"), Aim(SIGNATORIES, organisation=METROPOLE), TEAM)

AUDIENCES: Mapping[type[Event], tuple[Aim, ...]] = MappingProxyType(
    {
        c.CallPublished: (Aim(REFERENTS, field="communes"), TEAM),
        c.CallOpened: (Aim(REFERENTS, when=_to_communes), TEAM),
        c.CallClosed: (TEAM,),
        c.CandidatureSubmitted: (COMMUNE, TEAM),
        c.CandidatureReopened: (COMMUNE,),
        c.CandidatureWithdrawn: (COMMUNE, TEAM),
        c.CandidatureAdmitted: (COMMUNE,),
        c.CandidatureFoundInadmissible: (COMMUNE, TEAM),
        c.CandidatureLapsed: (COMMUNE,),
        c.ProposalSubmitted: (SOLUTION, TEAM),
        c.ProposalAdmitted: (SOLUTION,),
        c.ProposalFoundInadmissible: (SOLUTION, TEAM),
        s.CommuneRoundOpened: (Aim(COMMITTEE), TEAM),
        s.ScoresUnsealed: (Aim(COMMITTEE),),
        s.RecommendationAdopted: (TEAM,),
        s.RecommendationRatified: (TEAM,),
        s.RoundAnnounced: (TEAM,),
        s.CommuneSelected: (COMMUNE,),
        s.CommuneWaitlisted: (COMMUNE,),
        s.CommuneNotSelected: (COMMUNE,),
        s.ProjectRoundOpened: (Aim(JURY), TEAM),
        s.AllocationAdopted: (TEAM,),
        s.ProjectAllocated: (COMMUNE, SOLUTION),
        s.ProposalNotRetained: (SOLUTION,),
        e.AgreementDrafted: (TEAM,),
        e.AgreementSent: BOTH_PARTIES,
        e.AgreementSigned: (COMMUNE, TEAM),
        e.AgreementEnteredIntoForce: BOTH_PARTIES,
        e.AgreementOverdue: BOTH_PARTIES,
        e.ExperimentPlanned: (Aim(AGENT, field="commune"), SOLUTION),
        e.ProtocolRegistered: (Aim(AGENT, field="commune"), TEAM),
        e.ExperimentLaunched: (COMMUNE, Aim(VOICE, field="commune"), SOLUTION, TEAM),
        e.FieldReported: (Aim(AGENT, field="commune"),),
        e.ExperimentCompleted: (COMMUNE, SOLUTION, TEAM),
        e.ExperimentEvaluated: (COMMUNE, Aim(VOICE, field="commune"), SOLUTION, TEAM),
    }
)


def audience_of(event: Event) -> tuple[Addressee, ...]:
    """Who must be told of this fact, each once, in the order of the table; nobody when it is not listed."""
    aims = AUDIENCES.get(type(event), ())
    return tuple(dict.fromkeys(addressee for aim in aims for addressee in aim.addressees(event)))
