"""What selection knows of a proposal: that it was admitted to the call of a wave, and where it would like to go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.errors import ScoreOffScale
from services.selection.domain.panel import Member

INTEREST_MAX = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """An admitted proposal, as told by the candidature service; `ranked_communes` is the holder's preference."""

    id: UUID
    call_id: UUID
    edition: int
    wave: int
    title: str
    holder_id: str
    ranked_communes: tuple[str, ...]
    admitted_at: datetime

    def is_of(self, member: Member) -> bool:
        """Whether the juror speaks for the very body that carries the proposal."""
        return member.organisation == self.holder_id

    def preference(self, commune: str) -> int:
        """The holder's wish to go there, 0 to 5: 5 for its first choice, 4 for the second, 0 when not ranked."""
        if commune not in self.ranked_communes:
            return 0
        return max(1, INTEREST_MAX - self.ranked_communes.index(commune))


@dataclass(frozen=True, slots=True)
class JuryScore:
    """One version of a juror's score of a proposal; versions are only ever added, and the last one counts."""

    round_id: UUID
    proposal_id: UUID
    juror_id: UUID
    number: int
    score: int
    comment: str
    recorded_at: datetime

    def says(self, score: int, comment: str) -> bool:
        """Whether it already says exactly this."""
        return (self.score, self.comment) == (score, comment)


@dataclass(frozen=True, slots=True)
class Interest:
    """How much a commune wants a proposal, 0 to 5 (R050, R082)."""

    round_id: UUID
    proposal_id: UUID
    commune: str
    interest: int
    stated_at: datetime


def check_score(score: int, scale_max: int) -> None:
    """Refuse a score outside the scale of the call (bad-input 22)."""
    if not 0 <= score <= scale_max:
        raise ScoreOffScale(scale_max)


def pair_value(proposal: Proposal, commune: str, interest: int, scores: Sequence[int], scale_max: int) -> int:
    """What a pair is worth, in hundredths of a point: mutual interest (0 to 10) plus the jury's mean (0 to 10).

    Mutual interest adds the commune's interest and the holder's preference; whole numbers, so that the solver is exact.
    """
    mutual = 100 * (interest + proposal.preference(commune))
    jury = round(1000 * sum(scores) / (len(scores) * scale_max)) if scores else 0
    return mutual + jury
