"""What the reviews say together: means, dispersion, harshness, agreement and ranking, in exact arithmetic."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from uuid import UUID

from services.selection.domain.review import Review
from shared.events.candidature import Criterion


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a candidature stands; equal ranks are ties the published rule leaves; None without any score."""

    candidature_id: UUID
    rank: int | None
    mean: Fraction | None
    by_criterion: Mapping[str, Fraction | None]
    dispersion: float | None
    reviews: int


@dataclass(frozen=True, slots=True)
class Reviewer:
    """How a member scores: `harshness` > 0 means lower than the others on the same dossiers, in points of the scale."""

    member_id: UUID
    reviews: int
    harshness: Fraction | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The whole picture; `agreement` is Krippendorff's alpha: 1 unanimous, 0 as chance would, None when undefined."""

    standings: tuple[Standing, ...]
    reviewers: tuple[Reviewer, ...]
    agreement: float | None


def weighted_mean(scores: Mapping[str, Fraction | int | None], criteria: Sequence[Criterion]) -> Fraction | None:
    """The mean on the scale; what does not apply is left out and the weights renormalised, never a zero."""
    applicable = [(Fraction(c.weight), Fraction(score)) for c in criteria if (score := scores.get(c.code)) is not None]
    total = sum((weight for weight, _ in applicable), Fraction())
    return sum((weight * score for weight, score in applicable), Fraction()) / total if total else None


def analyse(candidatures: Iterable[UUID], reviews: Sequence[Review], criteria: Sequence[Criterion]) -> Analysis:
    """What the committee reads once the scores are unsealed; `reviews` hold one version per member and dossier."""
    means = {(r.candidature_id, r.member_id): weighted_mean(_scores(r), criteria) for r in reviews}
    grid: dict[UUID, dict[UUID, Fraction]] = defaultdict(dict)
    for (candidature_id, member_id), mean in means.items():
        if mean is not None:
            grid[candidature_id][member_id] = mean
    standings = [_standing(candidature_id, reviews, grid[candidature_id], criteria) for candidature_id in candidatures]
    members = sorted({review.member_id for review in reviews})
    return Analysis(
        standings=_ranked(standings, criteria),
        reviewers=tuple(_reviewer(member_id, reviews, grid) for member_id in members),
        agreement=agreement(list(grid.values())),
    )


def agreement(grid: Sequence[Mapping[UUID, Fraction]]) -> float | None:
    """Krippendorff's alpha for interval data: dossiers × reviewers, holes allowed; None when it is undefined."""
    shared = [list(row.values()) for row in grid if len(row) > 1]
    pooled = [value for row in shared for value in row]
    if len(pooled) < 2:
        return None
    observed = sum((_squared_gaps(row) / (len(row) - 1) for row in shared), Fraction()) / len(pooled)
    expected = _squared_gaps(pooled) / (len(pooled) * (len(pooled) - 1))
    return float(1 - observed / expected) if expected else None


def _squared_gaps(values: Sequence[Fraction]) -> Fraction:
    total, squares = sum(values, Fraction()), sum((value * value for value in values), Fraction())
    return 2 * (len(values) * squares - total * total)


def _standing(
    candidature_id: UUID, reviews: Sequence[Review], row: Mapping[UUID, Fraction], criteria: Sequence[Criterion]
) -> Standing:
    own = [review for review in reviews if review.candidature_id == candidature_id]
    marks = {c.code: [r.marks[c.code].score for r in own if c.code in r.marks] for c in criteria}
    return Standing(
        candidature_id=candidature_id,
        rank=None,
        mean=_mean(list(row.values())),
        by_criterion={code: _mean([Fraction(s) for s in scores if s is not None]) for code, scores in marks.items()},
        dispersion=_deviation(list(row.values())),
        reviews=len(own),
    )


def _ranked(standings: Sequence[Standing], criteria: Sequence[Criterion]) -> tuple[Standing, ...]:
    # Published rule: the mean, then the criteria in their published order; what is still equal is a tie, and shown.
    def merit(standing: Standing) -> tuple[Fraction, ...]:
        parts = (standing.mean, *(standing.by_criterion[c.code] for c in criteria))
        return tuple(Fraction(-1) if part is None else part for part in parts)

    ordered = sorted(standings, key=lambda s: (merit(s), -s.candidature_id.int), reverse=True)
    merits = [merit(standing) for standing in ordered]
    ranks = [None if s.mean is None else merits.index(m) + 1 for s, m in zip(ordered, merits, strict=True)]
    return tuple(
        Standing(s.candidature_id, rank, s.mean, s.by_criterion, s.dispersion, s.reviews)
        for s, rank in zip(ordered, ranks, strict=True)
    )


def _reviewer(member_id: UUID, reviews: Sequence[Review], grid: Mapping[UUID, Mapping[UUID, Fraction]]) -> Reviewer:
    gaps = []
    for row in grid.values():
        others = [mean for other, mean in row.items() if other != member_id]
        if member_id in row and others:
            gaps.append(sum(others, Fraction()) / len(others) - row[member_id])
    return Reviewer(member_id, sum(review.member_id == member_id for review in reviews), _mean(gaps))


def _scores(review: Review) -> dict[str, int | None]:
    return {code: mark.score for code, mark in review.marks.items()}


def _mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction()) / len(values) if values else None


def _deviation(values: Sequence[Fraction]) -> float | None:
    mean = _mean(values)
    if mean is None:
        return None
    return sqrt(sum(((value - mean) ** 2 for value in values), Fraction()) / len(values))
