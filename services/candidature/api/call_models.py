"""What is sent about calls."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from services.candidature.api.deps import Closing, Opening, unset
from services.candidature.domain.document import DocumentKind
from services.candidature.domain.questions import Question, Section
from services.candidature.domain.terms import COMMUNE_CRITERIA, COMMUNE_DOCUMENTS, Terms, TrainingPolicy
from shared.events.candidature import Challenge, Criterion
from shared.events.types import CallKind, InseeCode
from shared.kit.api import Day, Line, StrictModel, text

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", examples=["challenge_relevance"])]
Number = Annotated[int, Field(ge=1, le=1_000)]
Communes = Annotated[tuple[InseeCode, ...], Field(max_length=131)]


class CriterionBody(StrictModel):
    """A criterion and its relative weight."""

    code: Code
    label: Line
    weight: Annotated[int, Field(ge=1, le=100)] = 1

    def criterion(self) -> Criterion:
        """As the domain has it."""
        return Criterion(code=self.code, label=self.label, weight=self.weight)


class ChallengeBody(StrictModel):
    """The challenge of a commune of the wave."""

    commune: InseeCode
    title: Annotated[str, text(500)]

    def challenge(self) -> Challenge:
        """As the domain has it."""
        return Challenge(commune=self.commune, title=self.title)


class QuestionBody(StrictModel):
    """A question of the form."""

    key: Code
    section: Section
    label: Annotated[str, text(500)]
    required: bool = True
    longest: Annotated[int, Field(ge=1, le=20_000)] = 5_000

    def question(self) -> Question:
        """As the domain has it."""
        return Question(self.key, self.section, self.label, self.required, self.longest)


Criteria = Annotated[tuple[CriterionBody, ...], Field(max_length=30)]
Challenges = Annotated[tuple[ChallengeBody, ...], Field(max_length=200)]
Questions = Annotated[tuple[QuestionBody, ...], Field(min_length=1, max_length=100)]
RequiredDocuments = Annotated[tuple[DocumentKind, ...], Field(max_length=len(DocumentKind))]

_CRITERIA = tuple(CriterionBody(code=each.code, label=each.label, weight=each.weight) for each in COMMUNE_CRITERIA)


class CallBody(StrictModel):
    """A new call: what is left out takes the usual value of the programme."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "edition": 2,
                "kind": "EXPRESSION_OF_INTEREST",
                "title": "Appel à manifestation d'intérêt, édition 2",
                "opens_at": "2023-10-23",
                "closes_at": "2024-01-12",
                "notify_on": "2024-02-06",
                "quota": 4,
            }
        }
    )

    edition: Number
    kind: Literal["EXPRESSION_OF_INTEREST", "PROJECT"]
    title: Line
    opens_at: Opening
    closes_at: Closing
    wave: Number | None = None
    notify_on: Day | None = None
    quota: Annotated[int, Field(ge=0, le=1_000)] | None = None
    criteria: Criteria = _CRITERIA
    scale_max: Annotated[int, Field(ge=1, le=100)] = 5
    required_documents: RequiredDocuments = COMMUNE_DOCUMENTS
    projects_min: Number | None = None
    projects_max: Number | None = None
    communes: Communes = ()
    challenges: Challenges = ()
    training: TrainingPolicy = TrainingPolicy.ADMISSIBLE
    questions: Questions | None = None

    def terms(self) -> Terms:
        """As the domain has them."""
        return Terms(**_domain({name: getattr(self, name) for name in type(self).model_fields if name != "questions"}))


class CallPatch(StrictModel):
    """What changes in a draft; the rest stays as it is."""

    title: Line = Field(default_factory=unset)
    opens_at: Opening = Field(default_factory=unset)
    closes_at: Closing = Field(default_factory=unset)
    wave: Number | None = Field(default_factory=unset)
    notify_on: Day | None = Field(default_factory=unset)
    quota: Annotated[int, Field(ge=0, le=1_000)] | None = Field(default_factory=unset)
    criteria: Criteria = Field(default_factory=unset)
    scale_max: Annotated[int, Field(ge=1, le=100)] = Field(default_factory=unset)
    required_documents: RequiredDocuments = Field(default_factory=unset)
    projects_min: Number | None = Field(default_factory=unset)
    projects_max: Number | None = Field(default_factory=unset)
    communes: Communes = Field(default_factory=unset)
    challenges: Challenges = Field(default_factory=unset)
    training: TrainingPolicy = Field(default_factory=unset)

    def changes(self) -> dict[str, Any]:
        """The new values by the name of their field."""
        return _domain({name: getattr(self, name) for name in self.model_fields_set})


class QuestionsBody(StrictModel):
    """The questions of the next version."""

    questions: Questions


def _domain(given: dict[str, Any]) -> dict[str, Any]:
    made = dict(given)
    if "kind" in given:
        made["kind"] = CallKind(given["kind"])
    if "criteria" in given:
        made["criteria"] = tuple(each.criterion() for each in given["criteria"])
    if "challenges" in given:
        made["challenges"] = tuple(each.challenge() for each in given["challenges"])
    return made
