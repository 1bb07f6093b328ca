"""Candidatures, declarations and reviews as JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.selection.domain.declaration import Declaration
from services.selection.domain.review import Mark, Review
from services.selection.usecases.read_models import CandidatureLine, OwnReview
from shared.kit.api import Paragraph, Reason, StrictModel, View

NOT_APPLICABLE = "not_applicable"

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
Score = Annotated[int, Field(ge=0, le=1_000)] | Literal["not_applicable"]


class DeclarationBody(StrictModel):
    """Whether one is in conflict with this file."""

    conflict: bool
    reason: Reason | None = None


class LiftBody(StrictModel):
    """Why a conflict is lifted."""

    reason: Reason


class DeclarationView(View):
    """What a member declared; `automatic` when the member speaks for the body that sent the file."""

    conflict: bool
    automatic: bool
    reason: str | None
    declared_at: datetime
    lifted_at: datetime | None
    lift_reason: str | None

    @classmethod
    def of(cls, declaration: Declaration) -> "DeclarationView":
        """From the domain."""
        return cls(
            conflict=declaration.conflict,
            automatic=declaration.automatic,
            reason=declaration.reason,
            declared_at=declaration.declared_at,
            lifted_at=declaration.lifted_at,
            lift_reason=declaration.lift_reason,
        )


class CandidatureLineView(View):
    """A candidature in the list: enough to declare interests before anything is read."""

    id: UUID
    commune: str
    admitted_at: datetime
    declaration: DeclarationView | None
    blocked: Annotated[bool, Field(description="Un conflit d'intérêts est en vigueur.")]
    likely_conflict: Annotated[str | None, Field(description="`same_commune` ou `same_territory` : à déclarer ?")]
    reviewed: bool

    @classmethod
    def of(cls, line: CandidatureLine) -> "CandidatureLineView":
        """From what was read."""
        return cls(
            id=line.candidature.id,
            commune=line.candidature.commune,
            admitted_at=line.candidature.admitted_at,
            declaration=line.declaration and DeclarationView.of(line.declaration),
            blocked=line.blocked,
            likely_conflict=line.suggested,
            reviewed=line.reviewed,
        )


class ReviewBody(StrictModel):
    """The score of every criterion, or `not_applicable`, each with its written justification."""

    scores: Annotated[dict[Code, Score], Field(min_length=1, max_length=50, examples=[{"challenge": 4, "teams": 3}])]
    justifications: Annotated[
        dict[Code, Paragraph],
        Field(
            max_length=50, examples=[{"challenge": "Défi précis, ancré dans le quartier.", "teams": "Équipe réduite."}]
        ),
    ]

    @model_validator(mode="after")
    def _nothing_beside(self) -> Self:
        if self.justifications.keys() - self.scores.keys():
            raise PydanticCustomError(
                "justification_without_score", "Une justification porte sur un critère sans note."
            )
        return self

    def marks(self) -> Mapping[str, Mark]:
        """As the domain has it; a score without justification keeps an empty one, which the domain refuses."""
        return {
            code: Mark(score if isinstance(score, int) else None, self.justifications.get(code, ""))
            for code, score in self.scores.items()
        }


class MarkView(View):
    """The score of one criterion, null when it does not apply."""

    score: int | None
    justification: str


class ReviewView(View):
    """The version of a review that counts."""

    candidature_id: UUID
    member_id: UUID
    number: Annotated[int, Field(description="Numéro de version ; les versions s'ajoutent, aucune n'est effacée.")]
    marks: dict[str, MarkView]
    submitted_at: datetime

    @classmethod
    def of(cls, review: Review) -> "ReviewView":
        """From the domain."""
        return cls(
            candidature_id=review.candidature_id,
            member_id=review.member_id,
            number=review.number,
            marks={c: MarkView(score=m.score, justification=m.justification) for c, m in review.marks.items()},
            submitted_at=review.submitted_at,
        )


class CandidatureView(View):
    """A candidature opened by a member, with the member's own review."""

    id: UUID
    call_id: UUID
    edition: int
    commune: str
    admitted_at: datetime
    review: ReviewView | None

    @classmethod
    def of(cls, opened: OwnReview) -> "CandidatureView":
        """From what was read."""
        candidature = opened.candidature
        return cls(
            id=candidature.id,
            call_id=candidature.call_id,
            edition=candidature.edition,
            commune=candidature.commune,
            admitted_at=candidature.admitted_at,
            review=opened.review and ReviewView.of(opened.review),
        )


class ReviewsView(View):
    """The reviews of a candidature, once unsealed."""

    items: list[ReviewView]
