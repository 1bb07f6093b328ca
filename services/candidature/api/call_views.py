"""Calls as they are shown."""

from datetime import date, datetime
from uuid import UUID

from services.candidature.domain.call import Call, CallStatus
from services.candidature.domain.document import DocumentKind
from services.candidature.domain.questions import Section
from services.candidature.domain.terms import TrainingPolicy
from services.candidature.usecases.read_models import CallSummary
from shared.kit.api import View


class CriterionView(View):
    """A criterion."""

    code: str
    label: str
    weight: int


class ChallengeView(View):
    """A challenge."""

    commune: str
    title: str


class QuestionView(View):
    """A question."""

    key: str
    section: Section
    label: str
    required: bool
    longest: int


class CallSummaryView(View):
    """A call in a list."""

    id: UUID
    edition: int
    kind: str
    wave: int | None
    title: str
    status: CallStatus
    opens_at: datetime
    closes_at: datetime
    version: int

    @classmethod
    def of(cls, call: CallSummary) -> "CallSummaryView":
        """As JSON."""
        return cls.model_validate(call, from_attributes=True)


class CallView(View):
    """A call with all its terms."""

    id: UUID
    edition: int
    kind: str
    wave: int | None
    title: str
    status: CallStatus
    opens_at: datetime
    closes_at: datetime
    notify_on: date | None
    quota: int | None
    criteria: tuple[CriterionView, ...]
    scale_max: int
    required_documents: tuple[DocumentKind, ...]
    projects_min: int | None
    projects_max: int | None
    communes: tuple[str, ...]
    challenges: tuple[ChallengeView, ...]
    training: TrainingPolicy
    questions_version: int
    questions: tuple[QuestionView, ...]
    version: int

    @classmethod
    def of(cls, call: Call) -> "CallView":
        """As JSON."""
        names = cls.model_fields.keys() & set(type(call.terms).__dataclass_fields__)
        terms = {name: getattr(call.terms, name) for name in names}
        own = {"id": call.id, "status": call.status, "version": call.version}
        asked = {"questions_version": call.questions.version, "questions": call.questions.questions}
        return cls.model_validate({**terms, **own, **asked}, from_attributes=True)
