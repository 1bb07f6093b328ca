"""Evaluations and results as JSON."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.experiments.domain.evaluation import HIGHEST_RATING, LOWEST_RATING, Assessment, Evaluation
from services.experiments.usecases.read_models import Result
from shared.events.types import Conclusion
from shared.kit.api import Paragraph, StrictModel, View


class AssessmentBody(StrictModel):
    """What is thought of one criterion, why, and the field reports it rests on."""

    rating: Annotated[int, Field(ge=LOWEST_RATING, le=HIGHEST_RATING, description="De 1 (très bas) à 5 (très haut).")]
    justification: Paragraph
    reports: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=100)]

    def assessment(self) -> Assessment:
        """As the domain has it."""
        return Assessment(self.rating, self.justification, self.reports)


class EvaluationBody(StrictModel):
    """The evaluation of a solution on the three criteria of the programme."""

    effectiveness: AssessmentBody
    feasibility: AssessmentBody
    sustainability: AssessmentBody
    conclusion: Literal["conclusive", "partly", "not_conclusive"]

    def evaluation(self) -> Evaluation:
        """As the domain has it."""
        return Evaluation(
            effectiveness=self.effectiveness.assessment(),
            feasibility=self.feasibility.assessment(),
            sustainability=self.sustainability.assessment(),
            conclusion=Conclusion(self.conclusion),
        )


class AssessmentView(View):
    """What is thought of one criterion."""

    rating: int
    justification: str
    reports: tuple[UUID, ...]


class EvaluationView(View):
    """The evaluation of a solution."""

    effectiveness: AssessmentView
    feasibility: AssessmentView
    sustainability: AssessmentView
    conclusion: str

    @classmethod
    def of(cls, evaluation: Evaluation) -> "EvaluationView":
        """As JSON."""
        return cls.model_validate(evaluation, from_attributes=True)


class ResultView(View):
    """What an evaluated experiment taught."""

    experiment_id: UUID
    edition: int
    wave: int
    commune: str
    title: str
    site: str | None
    launched_at: datetime
    ended_at: datetime
    evaluated_at: datetime
    evaluation: EvaluationView

    @classmethod
    def of(cls, result: Result) -> "ResultView":
        """As JSON."""
        allocation = result.allocation
        return cls(
            experiment_id=result.experiment_id,
            edition=allocation.edition,
            wave=allocation.wave,
            commune=allocation.commune,
            title=allocation.title,
            site=result.site,
            launched_at=result.launched_at,
            ended_at=result.ended_at,
            evaluated_at=result.evaluated_at,
            evaluation=EvaluationView.of(result.evaluation),
        )
