"""What the reviews say together, as JSON."""

from fractions import Fraction
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.selection.domain.analysis import Reviewer, Standing
from services.selection.usecases.read_models import Ranking
from shared.kit.api import View


def _rounded(value: Fraction | float | None) -> float | None:
    return None if value is None else round(float(value), 4)


class StandingView(View):
    """Where a candidature stands; equal ranks are ties that the published rule leaves to the committee."""

    candidature_id: UUID
    commune: str
    rank: int | None
    mean: float | None
    by_criterion: dict[str, float | None]
    dispersion: Annotated[float | None, Field(description="Écart-type des moyennes des évaluations.")]
    reviews: int

    @classmethod
    def of(cls, standing: Standing, commune: str) -> "StandingView":
        """From the analysis."""
        return cls(
            candidature_id=standing.candidature_id,
            commune=commune,
            rank=standing.rank,
            mean=_rounded(standing.mean),
            by_criterion={code: _rounded(mean) for code, mean in standing.by_criterion.items()},
            dispersion=_rounded(standing.dispersion),
            reviews=standing.reviews,
        )


class ReviewerView(View):
    """How a member scores, compared with the others on the same dossiers."""

    member_id: UUID
    reviews: int
    harshness: Annotated[float | None, Field(description="Points en dessous des autres, sur les mêmes dossiers.")]

    @classmethod
    def of(cls, reviewer: Reviewer) -> "ReviewerView":
        """From the analysis."""
        return cls(member_id=reviewer.member_id, reviews=reviewer.reviews, harshness=_rounded(reviewer.harshness))


class RankingView(View):
    """The ranking, and how much the reviews agree (Krippendorff's alpha: 1 unanimous, 0 as chance would)."""

    standings: list[StandingView]
    reviewers: list[ReviewerView]
    agreement: float | None
    missing: Annotated[int, Field(description="Évaluations attendues et absentes.")]

    @classmethod
    def of(cls, ranking: Ranking) -> "RankingView":
        """From what was read."""
        analysis, known = ranking.analysis, ranking.candidatures
        return cls(
            standings=[StandingView.of(each, known[each.candidature_id].commune) for each in analysis.standings],
            reviewers=[ReviewerView.of(each) for each in analysis.reviewers],
            agreement=_rounded(analysis.agreement),
            missing=ranking.missing,
        )
