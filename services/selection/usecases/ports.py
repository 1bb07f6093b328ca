"""What the use cases of the selection service ask of its store and of the solver."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.selection.domain.allocation import Answer, Problem
from services.selection.domain.announcement import Decision
from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.declaration import Declaration
from services.selection.domain.panel import Member
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.proposal import Interest, JuryScore, Proposal
from services.selection.domain.review import Review
from services.selection.domain.scenario import Scenario
from services.selection.usecases.read_models import ProjectResult
from shared.kit.access import Scope
from shared.kit.ports import UnitOfWork


class CommuneRounds(Protocol):
    """The rounds that choose communes; NotFound when there is none."""

    async def get(self, round_id: UUID) -> CommuneRound:
        """A round to change: nobody else changes it until the transaction ends."""
        ...

    async def read(self, round_id: UUID) -> CommuneRound:
        """A round as it is now."""
        ...

    async def of_call(self, call_id: UUID) -> CommuneRound | None:
        """The round of a call, held until the transaction ends; None when the call has not closed."""
        ...

    async def add(self, round_: CommuneRound) -> None:
        """A new round; RoundAlreadyOpen for a second one of its call."""
        ...

    async def save(self, round_: CommuneRound) -> int:
        """A changed round; its new version, or Stale."""
        ...


class Candidatures(Protocol):
    """The admitted dossiers, as the candidature service told them, in any order; one that withdrew is not there."""

    async def get(self, call_id: UUID, candidature_id: UUID) -> Candidature:
        """One of this call; NotFound otherwise."""
        ...

    async def of_call(self, call_id: UUID) -> Sequence[Candidature]:
        """All of a call, by commune."""
        ...

    async def undeclared(self, round_: CommuneRound, member: Member) -> int:
        """On how many a member has still to declare; those of the body the member speaks for are evident."""
        ...

    async def add(self, candidature: Candidature) -> None:
        """A newly admitted one."""
        ...

    async def withdraw(self, candidature_id: UUID, *, at: datetime) -> bool:
        """It is not there any more; whether it was."""
        ...


class Declarations(Protocol):
    """The declarations of interests, of committee members and of jurors."""

    async def get(self, round_id: UUID, file_id: UUID, member_id: UUID) -> Declaration | None:
        """What a member last said of a file."""
        ...

    async def of_round(self, round_id: UUID) -> Mapping[tuple[UUID, UUID], Declaration]:
        """(file, member) -> what was last said."""
        ...

    async def by(self, round_id: UUID, member_id: UUID, files: Collection[UUID]) -> Mapping[UUID, Declaration]:
        """File -> what one member last said of it, for these files."""
        ...

    async def save(self, declaration: Declaration) -> None:
        """What is said now."""
        ...


class Reviews(Protocol):
    """The reviews; versions are only ever added."""

    async def last(self, round_id: UUID, candidature_id: UUID, member_id: UUID) -> Review | None:
        """The version that counts."""
        ...

    async def of_round(self, round_id: UUID) -> Sequence[Review]:
        """The version that counts of each."""
        ...

    async def by(self, round_id: UUID, member_id: UUID, candidatures: Collection[UUID]) -> frozenset[UUID]:
        """Which of these one member has reviewed."""
        ...

    async def add(self, review: Review) -> None:
        """A new version."""
        ...


class Decisions(Protocol):
    """What is announced; nothing is written here before."""

    async def add(self, decisions: Sequence[Decision]) -> None:
        """The decisions of a round, all at once."""
        ...


class ProjectRounds(Protocol):
    """The rounds that choose projects; NotFound when there is none."""

    async def get(self, round_id: UUID) -> ProjectRound:
        """A round to change: nobody else changes it until the transaction ends."""
        ...

    async def read(self, round_id: UUID) -> ProjectRound:
        """A round as it is now."""
        ...

    async def of_call(self, call_id: UUID) -> ProjectRound | None:
        """The round of a call, held until the transaction ends; None when the call has not closed."""
        ...

    async def add(self, round_: ProjectRound) -> None:
        """A new round; RoundAlreadyOpen for a second one of its call."""
        ...

    async def save(self, round_: ProjectRound) -> int:
        """A changed round; its new version, or Stale."""
        ...


class Proposals(Protocol):
    """The admitted proposals, as the candidature service told them, in any order."""

    async def get(self, call_id: UUID, proposal_id: UUID) -> Proposal:
        """One of this call; NotFound otherwise."""
        ...

    async def of_call(self, call_id: UUID) -> Sequence[Proposal]:
        """All of a call, by identifier."""
        ...

    async def add(self, proposal: Proposal) -> None:
        """A newly admitted one."""
        ...


class JuryScores(Protocol):
    """The scores of the jury; versions are only ever added."""

    async def last(self, round_id: UUID, proposal_id: UUID, juror_id: UUID) -> JuryScore | None:
        """The version that counts."""
        ...

    async def of_round(self, round_id: UUID) -> Sequence[JuryScore]:
        """The version that counts of each."""
        ...

    async def add(self, score: JuryScore) -> None:
        """A new version."""
        ...


class StatedInterests(Protocol):
    """How much each commune wants each proposal."""

    async def of_round(self, round_id: UUID) -> Sequence[Interest]:
        """All of a round."""
        ...

    async def save(self, interest: Interest) -> None:
        """What a commune says now."""
        ...


class Scenarios(Protocol):
    """The computed allocations; never changed."""

    async def get(self, round_id: UUID, scenario_id: UUID) -> Scenario:
        """One of this round; NotFound otherwise."""
        ...

    async def add(self, scenario: Scenario) -> None:
        """A new one."""
        ...


class ProjectResults(Protocol):
    """What became of each proposal; nothing is written here before the adoption."""

    async def add(self, results: Sequence[ProjectResult]) -> None:
        """The results of a round, all at once."""
        ...


class Views(Protocol):
    """What the service shows; outside the scope is NotFound, or absent from lists."""

    async def commune_rounds(self, member_id: UUID | None, *, after: UUID | None, limit: int) -> Sequence[CommuneRound]:
        """Rounds by descending identifier, those of one member or (None) all."""
        ...

    async def candidatures(self, call_id: UUID, *, after: tuple[str, UUID] | None, limit: int) -> Sequence[Candidature]:
        """Those admitted to a call and not withdrawn, by commune and identifier, after the pair given."""
        ...

    async def decision(self, candidature_id: UUID, scope: Scope) -> Decision:
        """An announced decision."""
        ...

    async def decisions(self, scope: Scope, *, after: UUID | None, limit: int) -> Sequence[Decision]:
        """Announced decisions by descending candidature identifier."""
        ...

    async def project_rounds(
        self, member_id: UUID | None, commune: str | None, *, after: UUID | None, limit: int
    ) -> Sequence[ProjectRound]:
        """Rounds by descending identifier, of one juror or of one commune; all when both are None."""
        ...

    async def proposals(self, call_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Proposal]:
        """Those admitted to a call, by identifier."""
        ...

    async def scenarios(self, round_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Scenario]:
        """The scenarios of a round by descending identifier."""
        ...

    async def project_results(self, scope: Scope, *, after: UUID | None, limit: int) -> Sequence[ProjectResult]:
        """By descending proposal identifier; a scope sees what it carries and what it receives."""
        ...


class Work(UnitOfWork, Protocol):
    """The unit of work of this service."""

    @property
    def commune_rounds(self) -> CommuneRounds: ...

    @property
    def candidatures(self) -> Candidatures: ...

    @property
    def declarations(self) -> Declarations: ...

    @property
    def reviews(self) -> Reviews: ...

    @property
    def decisions(self) -> Decisions: ...

    @property
    def project_rounds(self) -> ProjectRounds: ...

    @property
    def proposals(self) -> Proposals: ...

    @property
    def jury_scores(self) -> JuryScores: ...

    @property
    def interests(self) -> StatedInterests: ...

    @property
    def scenarios(self) -> Scenarios: ...

    @property
    def project_results(self) -> ProjectResults: ...

    @property
    def views(self) -> Views: ...


class Solver(Protocol):
    """An exact solver."""

    async def solve(self, problem: Problem) -> Answer:
        """The best allocation of a consistent problem, with its proof; NoAnswerInTime when none was found."""
        ...
