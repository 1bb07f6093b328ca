"""The round that chooses the projects of a wave and where they go: scoring → allocated."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from services.selection.domain.declaration import Declaration, Interests
from services.selection.domain.panel import NOBODY, Member, Panel
from services.selection.domain.proposal import Interest, JuryScore, Proposal, check_score
from services.selection.domain.scenario import Adoption, Scenario
from shared.events.base import Event
from shared.events.selection import (
    AllocationAdopted,
    ProjectAllocated,
    ProjectRoundOpened,
    ProjectScoresRecorded,
    ProposalNotRetained,
)
from shared.kit.refusals import InvalidState, NotFound


class Status(StrEnum):
    """Where the round stands."""

    SCORING = "scoring"
    ALLOCATED = "allocated"


TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {Status.SCORING: frozenset({Status.ALLOCATED}), Status.ALLOCATED: frozenset()}
)


@dataclass(frozen=True, slots=True)
class ProjectRound:
    """One wave of proposals before its jury; bounds and scale are those the call published (R019)."""

    id: UUID
    call_id: UUID
    edition: int
    wave: int
    communes: tuple[str, ...]
    scale_max: int
    projects_min: int
    projects_max: int
    opened_at: datetime
    status: Status = Status.SCORING
    panel: Panel = NOBODY
    adoption: Adoption | None = None
    version: int = 1

    @property
    def opening(self) -> ProjectRoundOpened:
        """The fact of its opening."""
        return ProjectRoundOpened(
            round_id=self.id, call_id=self.call_id, edition=self.edition, wave=self.wave, opened_at=self.opened_at
        )

    @property
    def admits(self) -> bool:
        """Whether a proposal may still enter: until an allocation is adopted."""
        return self.status is Status.SCORING

    def seat(self, member: Member) -> "ProjectRound":
        """Name a juror."""
        self.require_scoring()
        return replace(self, panel=self.panel.seat(member))

    def interests(self, juror_id: UUID, proposal: Proposal, declared: Declaration | None) -> Interests:
        """How a juror stands towards a proposal."""
        juror = self.panel.member(juror_id)
        return Interests(self.id, proposal.id, juror.id, proposal.is_of(juror), declared)

    def score(
        self, interests: Interests, score: int, comment: str, *, previous: JuryScore | None, at: datetime
    ) -> tuple[JuryScore, ProjectScoresRecorded]:
        """Score a proposal, or replace one's score by a new version, until an allocation is adopted."""
        self.require_scoring()
        interests.require_clear()
        check_score(score, self.scale_max)
        number = previous.number + 1 if previous else 1
        recorded = JuryScore(self.id, interests.file_id, interests.member_id, number, score, comment, at)
        event = ProjectScoresRecorded(
            round_id=self.id, proposal_id=recorded.proposal_id, juror_id=recorded.juror_id, recorded_at=at
        )
        return recorded, event

    def counted_scores(
        self,
        proposals: Mapping[UUID, Proposal],
        given: Iterable[JuryScore],
        declared: Mapping[tuple[UUID, UUID], Declaration],
    ) -> Mapping[UUID, list[int]]:
        """Proposal -> the scores that count: of jurors of the panel, without a conflict in force."""
        scores: dict[UUID, list[int]] = defaultdict(list)
        for each in given:
            if each.proposal_id in proposals and self.panel.includes(each.juror_id):
                said = declared.get((each.proposal_id, each.juror_id))
                if not self.interests(each.juror_id, proposals[each.proposal_id], said).blocked:
                    scores[each.proposal_id].append(each.score)
        return scores

    def state_interest(self, proposal: Proposal, commune: str, interest: int, *, at: datetime) -> Interest:
        """Say how much a commune of the wave wants a proposal (R050, R082)."""
        if commune not in self.communes:
            raise NotFound("Cette procédure ne concerne pas votre commune.")
        self.require_scoring()
        return Interest(self.id, proposal.id, commune, interest, at)

    def adopt(
        self, scenario: Scenario, proposals: Sequence[Proposal], adoption: Adoption
    ) -> tuple["ProjectRound", AllocationAdopted, tuple[Event, ...]]:
        """Make a scenario the decision: one fact for the round, and one for each proposal."""
        self.require_scoring()
        if adoption.by is not None:
            self.panel.require_chair(adoption.by)
        at = adoption.adopted_at
        adopted = AllocationAdopted(
            round_id=self.id,
            call_id=self.call_id,
            edition=self.edition,
            wave=self.wave,
            optimal=scenario.answer.optimal,
            shortage=sum(scenario.shortages.values()),
            adopted_at=at,
        )
        homes = {pair.proposal_id: pair.commune for pair in scenario.answer.pairs}
        facts = tuple(self._fact(proposal, homes.get(proposal.id), at) for proposal in proposals)
        return replace(self, status=Status.ALLOCATED, adoption=adoption), adopted, facts

    def require_scoring(self) -> None:
        """Refuse what comes after the decision."""
        if self.status is not Status.SCORING:
            raise InvalidState(self.status, sorted(TRANSITIONS[self.status]))

    def _fact(self, proposal: Proposal, commune: str | None, at: datetime) -> Event:
        if commune is None:
            return ProposalNotRetained(
                proposal_id=proposal.id,
                round_id=self.id,
                call_id=self.call_id,
                edition=self.edition,
                wave=self.wave,
                title=proposal.title,
                holder_id=proposal.holder_id,
                decided_at=at,
            )
        return ProjectAllocated(
            proposal_id=proposal.id,
            round_id=self.id,
            call_id=self.call_id,
            edition=self.edition,
            wave=self.wave,
            title=proposal.title,
            holder_id=proposal.holder_id,
            commune=commune,
            allocated_at=at,
        )
