"""Project rounds, proposals and their results as JSON."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.selection.api.round_models import MemberView
from services.selection.domain.project_round import ProjectRound, Status
from services.selection.domain.proposal import JuryScore
from services.selection.domain.scenario import Adoption
from services.selection.usecases.read_models import ProjectResult, ProposalLine
from shared.kit.api import Paragraph, StrictModel, View


class AdoptionView(View):
    """Which scenario was adopted, and why."""

    scenario_id: UUID
    reason: str
    adopted_at: datetime

    @classmethod
    def of(cls, adoption: Adoption) -> "AdoptionView":
        """From the domain."""
        return cls(scenario_id=adoption.scenario_id, reason=adoption.reason, adopted_at=adoption.adopted_at)


class ProjectRoundView(View):
    """A round that chooses the projects of a wave."""

    id: UUID
    call_id: UUID
    edition: int
    wave: int
    communes: list[str]
    status: Status
    scale_max: int
    projects_min: int
    projects_max: int
    panel: list[MemberView]
    opened_at: datetime
    adoption: AdoptionView | None
    version: int

    @classmethod
    def of(cls, round_: ProjectRound) -> "ProjectRoundView":
        """From the domain."""
        return cls(
            id=round_.id,
            call_id=round_.call_id,
            edition=round_.edition,
            wave=round_.wave,
            communes=list(round_.communes),
            status=round_.status,
            scale_max=round_.scale_max,
            projects_min=round_.projects_min,
            projects_max=round_.projects_max,
            panel=[MemberView.of(member) for member in round_.panel.members],
            opened_at=round_.opened_at,
            adoption=round_.adoption and AdoptionView.of(round_.adoption),
            version=round_.version,
        )


class ProposalLineView(View):
    """A proposal of the wave, with what the reader may know of it."""

    id: UUID
    title: str
    holder_id: str
    ranked_communes: list[str]
    admitted_at: datetime
    own_score: int | None
    scores: Annotated[list[int], Field(description="Notes du jury ; vide pour une commune.")]
    interests: Annotated[dict[str, int], Field(description="Intérêt par commune ; le sien seul pour une commune.")]
    blocked: Annotated[bool, Field(description="Un conflit d'intérêts est en vigueur.")]

    @classmethod
    def of(cls, line: ProposalLine) -> "ProposalLineView":
        """From what was read."""
        return cls(
            id=line.proposal.id,
            title=line.proposal.title,
            holder_id=line.proposal.holder_id,
            ranked_communes=list(line.proposal.ranked_communes),
            admitted_at=line.proposal.admitted_at,
            own_score=line.own_score,
            scores=list(line.scores),
            interests=line.interests,
            blocked=line.blocked,
        )


class ScoreBody(StrictModel):
    """The score of a juror, on the scale of the call."""

    score: Annotated[int, Field(ge=0, le=1_000, examples=[4])]
    comment: Annotated[Paragraph, Field(examples=["Solution mûre, facile à installer."])]


class ScoreView(View):
    """The version of a score that counts."""

    proposal_id: UUID
    juror_id: UUID
    number: int
    score: int
    comment: str
    recorded_at: datetime

    @classmethod
    def of(cls, score: JuryScore) -> "ScoreView":
        """From the domain."""
        return cls(
            proposal_id=score.proposal_id,
            juror_id=score.juror_id,
            number=score.number,
            score=score.score,
            comment=score.comment,
            recorded_at=score.recorded_at,
        )


class InterestBody(StrictModel):
    """How much the commune wants the proposal."""

    interest: Annotated[int, Field(ge=0, le=5, description="0 : aucun intérêt ; 5 : le plus grand.", examples=[5])]


class ProjectResultView(View):
    """What became of a proposal; `commune` is null when it was not retained."""

    proposal_id: UUID
    round_id: UUID
    edition: int
    wave: int
    title: str
    holder_id: str
    commune: str | None
    decided_at: datetime

    @classmethod
    def of(cls, result: ProjectResult) -> "ProjectResultView":
        """From what was read."""
        return cls(
            proposal_id=result.proposal_id,
            round_id=result.round_id,
            edition=result.edition,
            wave=result.wave,
            title=result.title,
            holder_id=result.holder_id,
            commune=result.commune,
            decided_at=result.decided_at,
        )
