"""What is sent about dossiers."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.candidature.domain.dossier import PartnerKind, Sector, Support, Team, TeamRole
from shared.kit.api import Line, Reason, StrictModel, text

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Answer = Annotated[str, text(20_000, shortest=0, lines=True)]
Reasons = Annotated[tuple[Reason, ...], Field(max_length=20)]


class StartBody(StrictModel):
    """The call the commune answers."""

    call_id: UUID


class FormPatch(StrictModel):
    """Some answers by the key of their question; null clears one."""

    answers: Annotated[
        dict[Key, Answer | None],
        Field(min_length=1, max_length=100, examples=[{"challenge": "Rafraîchir la place de la gare."}]),
    ]


class TeamBody(StrictModel):
    """Contacts of the directory by role; the elected referent and the referent agent are needed to submit."""

    elected_referent: UUID | None = None
    referent_agent: UUID | None = None
    communication_referent: UUID | None = None
    experts: Annotated[tuple[UUID, ...], Field(max_length=30)] = ()

    def team(self) -> Team:
        """As the domain has it."""
        named = {
            TeamRole.ELECTED_REFERENT: (self.elected_referent,),
            TeamRole.REFERENT_AGENT: (self.referent_agent,),
            TeamRole.COMMUNICATION_REFERENT: (self.communication_referent,),
            TeamRole.EXPERT: tuple(dict.fromkeys(self.experts)),
        }
        team = {role: tuple(person for person in people if person) for role, people in named.items()}
        return {role: people for role, people in team.items() if people}


class SectorBody(StrictModel):
    """A sector and its sheet."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Centre", "description": "Autour de la gare."}})

    name: Line
    description: Annotated[str, text(5_000, lines=True)]

    def sector(self, id: UUID) -> Sector:
        """As the domain has it."""
        return Sector(id, self.name, self.description)


class SupportBody(StrictModel):
    """The support of a local organisation, and the document that shows it."""

    partner_name: Line
    partner_kind: PartnerKind
    document_id: UUID

    def support(self, id: UUID) -> Support:
        """As the domain has it."""
        return Support(id, self.partner_name, self.partner_kind, self.document_id)


class SharingBody(StrictModel):
    """Whether the programme team may read the draft."""

    shared: bool


class AdmissionBody(StrictModel):
    """The decision on admissibility; an unfavourable one gives its reasons."""

    model_config = ConfigDict(json_schema_extra={"example": {"admitted": False, "reasons": ["Lettre non signée."]}})

    admitted: bool
    reasons: Reasons = ()
