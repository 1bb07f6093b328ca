"""What is read, and is not an aggregate."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.analysis import Analysis
from services.selection.domain.candidature import Candidature
from services.selection.domain.declaration import Declaration
from services.selection.domain.proposal import Proposal
from services.selection.domain.review import Review


@dataclass(frozen=True, slots=True)
class CandidatureLine:
    """A candidature as a member sees it in the list: enough to declare interests, and no more."""

    candidature: Candidature
    declaration: Declaration | None
    blocked: bool
    suggested: str | None
    reviewed: bool


@dataclass(frozen=True, slots=True)
class OwnReview:
    """A candidature opened by a member, with the member's own review."""

    candidature: Candidature
    review: Review | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The analysis with the communes it speaks of."""

    candidatures: dict[UUID, Candidature]
    analysis: Analysis
    missing: int


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal of a wave: scores for the jury and the programme, one's own word otherwise."""

    proposal: Proposal
    scores: tuple[int, ...]
    own_score: int | None
    interests: dict[str, int]
    blocked: bool


@dataclass(frozen=True, slots=True)
class ProjectResult:
    """What became of a proposal: a commune, or none."""

    proposal_id: UUID
    round_id: UUID
    edition: int
    wave: int
    title: str
    holder_id: str
    commune: str | None
    decided_at: datetime
