"""The acts that decide, and their announced outcome, as JSON."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.selection.api.deps import Ids
from services.selection.domain.announcement import Decision
from services.selection.domain.recommendation import Ballot, Ratification
from shared.events.types import Outcome
from shared.kit.api import Day, Instant, Line, Reason, StrictModel, View

_ID = "0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40"


class UnsealingBody(StrictModel):
    """A reason is due while reviews are missing."""

    reason: Reason | None = None


class RecommendationBody(StrictModel):
    """Every candidature in exactly one list, the first two in order; each with its reasons."""

    selected: Ids
    waitlisted: Ids = ()
    not_selected: Ids = ()
    reasons: Annotated[
        dict[UUID, Annotated[tuple[Reason, ...], Field(min_length=1, max_length=20)]],
        Field(max_length=1_000, examples=[{_ID: ["Défi précis et partenaires engagés."]}]),
    ]
    present: Annotated[Ids, Field(description="Membres présents ; la majorité du comité fait quorum.")]
    minutes: Annotated[Line, Field(description="Référence du compte rendu.", examples=["CR-2024-01-30"])]
    over_quota_reason: Reason | None = None

    def ballot(self) -> Ballot:
        """As the domain has it."""
        return Ballot(self.selected, self.waitlisted, self.not_selected, self.reasons)


class RatificationBody(StrictModel):
    """The deliberation, and when its outcome becomes public."""

    body: Annotated[Line, Field(examples=["Bureau métropolitain"])]
    deliberation_number: Annotated[Line, Field(examples=["BM2024/02/06/10"])]
    deliberation_date: Day
    announce_at: Instant

    def ratification(self, at: datetime) -> Ratification:
        """As the domain has it."""
        return Ratification(self.body, self.deliberation_number, self.deliberation_date, self.announce_at, at)


class CommuneResultView(View):
    """What was decided on a candidature, announced."""

    candidature_id: UUID
    round_id: UUID
    call_id: UUID
    edition: int
    commune: str
    outcome: Outcome
    rank: Annotated[int | None, Field(description="Rang dans sa liste ; absent pour une commune non retenue.")]
    reasons: list[str]
    deliberation_body: str
    deliberation_number: str
    deliberation_date: date
    announced_at: datetime

    @classmethod
    def of(cls, decision: Decision) -> "CommuneResultView":
        """From the domain."""
        return cls(
            candidature_id=decision.candidature_id,
            round_id=decision.round_id,
            call_id=decision.call_id,
            edition=decision.edition,
            commune=decision.commune,
            outcome=decision.outcome,
            rank=decision.rank,
            reasons=list(decision.reasons),
            deliberation_body=decision.deliberation_body,
            deliberation_number=decision.deliberation_number,
            deliberation_date=decision.deliberation_date,
            announced_at=decision.announced_at,
        )
