"""Proposals as JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.candidature.api.deps import unset
from services.candidature.domain.pitch import Holder, Maturity, Pitch
from services.candidature.domain.proposal import Origin, Proposal, ProposalStatus
from services.candidature.usecases.read_models import ProposalSummary
from shared.events.types import CountryCode, InseeCode, LegalForm, OrganisationId
from shared.kit.api import Line, StrictModel, View, text

KnownForm = Literal["startup", "association", "sme", "large_group", "cooperative", "designer", "other"]
Themes = Annotated[tuple[Line, ...], Field(max_length=20)]
Prose = Annotated[str, text(10_000, shortest=0, lines=True)]
Ranking = Annotated[tuple[InseeCode, ...], Field(max_length=20)]


class HolderBody(StrictModel):
    """Who carries the project: a SIRET in France, a country and a national identifier elsewhere."""

    name: Line
    legal_form: KnownForm
    legal_form_label: Annotated[Line | None, Field(description="En clair, si la forme est « other ».")] = None
    country: CountryCode = "FR"
    siret: Annotated[str | None, text(30), Field(examples=["12345678200002"])] = None
    national_id: Annotated[str | None, text(60)] = None

    def holder(self) -> Holder:
        """As the domain has it."""
        return Holder(
            name=self.name,
            legal_form=LegalForm(self.legal_form),
            legal_form_label=self.legal_form_label,
            country=self.country,
            siret=self.siret,
            national_id=self.national_id,
        )


class ProposalBody(StrictModel):
    """A new proposal; the rest can be completed until the deadline."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "call_id": "0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40",
                "title": "Ombrières démontables",
                "holder": {"name": "Ombrières Inventées", "legal_form": "startup", "siret": "12345678200002"},
                "solution": "Des ombrières qui suivent le soleil.",
                "themes": ["îlots de chaleur"],
                "maturity": "tested",
                "ranked_communes": ["91027", "93001"],
            }
        }
    )

    call_id: UUID
    title: Line
    holder: HolderBody
    solution: Prose = ""
    themes: Themes = ()
    maturity: Maturity | None = None
    ranked_communes: Ranking = ()
    needs: Prose = ""
    learning_goal: Prose = ""
    origin: Origin = Origin.OPEN
    organisation: Annotated[
        OrganisationId | None, Field(description="Pour une solution repérée par l'opérateur : celle qui la porte.")
    ] = None

    def pitch(self) -> Pitch:
        """As the domain has it."""
        return Pitch(
            title=self.title,
            holder=self.holder.holder(),
            solution=self.solution,
            themes=self.themes,
            maturity=self.maturity,
            ranked_communes=self.ranked_communes,
            needs=self.needs,
            learning_goal=self.learning_goal,
        )


class ProposalPatch(StrictModel):
    """What changes in a draft; the rest stays as it is."""

    title: Line = Field(default_factory=unset)
    holder: HolderBody = Field(default_factory=unset)
    solution: Prose = Field(default_factory=unset)
    themes: Themes = Field(default_factory=unset)
    maturity: Maturity | None = Field(default_factory=unset)
    ranked_communes: Ranking = Field(default_factory=unset)
    needs: Prose = Field(default_factory=unset)
    learning_goal: Prose = Field(default_factory=unset)

    def changes(self) -> dict[str, Any]:
        """The new values by the name of their field."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {**given, **({"holder": self.holder.holder()} if "holder" in given else {})}


class HolderView(View):
    """The holder."""

    name: str
    legal_form: str
    legal_form_label: str | None
    country: str
    siret: str | None
    national_id: str | None


class ProposalSummaryView(View):
    """A proposal in a list."""

    id: UUID
    call_id: UUID
    edition: int
    wave: int
    organisation: str
    title: str
    status: ProposalStatus
    origin: Origin
    commune: str | None
    submitted_at: datetime | None
    version: int

    @classmethod
    def of(cls, proposal: ProposalSummary) -> "ProposalSummaryView":
        """As JSON."""
        return cls.model_validate(proposal, from_attributes=True)


class ProposalView(View):
    """A proposal with all it says."""

    id: UUID
    call_id: UUID
    edition: int
    wave: int
    organisation: str
    status: ProposalStatus
    origin: Origin
    title: str
    holder: HolderView
    solution: str
    themes: tuple[str, ...]
    maturity: Maturity | None
    ranked_communes: tuple[str, ...]
    needs: str
    learning_goal: str
    started_at: datetime
    submitted_at: datetime | None
    reasons: tuple[str, ...]
    commune: str | None
    version: int

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalView":
        """As JSON."""
        said = {name: getattr(proposal.pitch, name) for name in type(proposal.pitch).__dataclass_fields__}
        own = cls.model_fields.keys() & set(type(proposal).__dataclass_fields__)
        return cls.model_validate({**said, **{name: getattr(proposal, name) for name in own}}, from_attributes=True)
