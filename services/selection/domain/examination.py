"""The examination as a whole: which reviews are expected, which are missing, which count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.analysis import Analysis, analyse
from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.declaration import Declaration, Interests
from services.selection.domain.review import Review

Seat = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Examination:
    """A round with its candidatures, the declarations and the last version of each review."""

    round: CommuneRound
    candidatures: Sequence[Candidature]
    declarations: Mapping[Seat, Declaration]
    reviews: Sequence[Review]

    def interests(self, member_id: UUID, candidature: Candidature) -> Interests:
        """How a member stands towards a candidature."""
        return self.round.interests(member_id, candidature, self.declarations.get((candidature.id, member_id)))

    @property
    def expected(self) -> frozenset[Seat]:
        """One review per member and candidature, except where a conflict is in force."""
        return frozenset(
            (candidature.id, member.id)
            for candidature in self.candidatures
            for member in self.round.panel.members
            if not self.interests(member.id, candidature).blocked
        )

    @property
    def counted(self) -> tuple[Review, ...]:
        """The reviews that count: one that preceded a conflict is kept on the record, and left out."""
        expected = self.expected
        return tuple(review for review in self.reviews if (review.candidature_id, review.member_id) in expected)

    @property
    def missing(self) -> int:
        """How many expected reviews are not in."""
        return len(self.expected) - len(self.counted)

    def analysis(self) -> Analysis:
        """Means, dispersion, harshness, agreement and ranking; ScoresSealed before the unsealing."""
        self.round.require_unsealed()
        return analyse([candidature.id for candidature in self.candidatures], self.counted, self.round.criteria)
