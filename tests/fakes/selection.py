"""The store of the selection service in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.selection.domain.announcement import Decision
from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.declaration import Declaration
from services.selection.domain.errors import RoundAlreadyOpen
from services.selection.domain.panel import Member
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.proposal import Interest, JuryScore, Proposal
from services.selection.domain.review import Review
from services.selection.domain.scenario import Scenario
from services.selection.usecases.read_models import ProjectResult
from shared.kit.access import Scope
from tests.fakes.kit import MemoryStore, MemoryWork, found, newest_first, saved

Triple = tuple[UUID, UUID, UUID]


@dataclass
class Store(MemoryStore):
    """What outlives a transaction."""

    commune_rounds: dict[UUID, CommuneRound] = field(default_factory=dict)
    candidatures: dict[UUID, Candidature] = field(default_factory=dict)
    declarations: dict[Triple, Declaration] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    decisions: dict[UUID, Decision] = field(default_factory=dict)
    project_rounds: dict[UUID, ProjectRound] = field(default_factory=dict)
    proposals: dict[UUID, Proposal] = field(default_factory=dict)
    jury_scores: list[JuryScore] = field(default_factory=list)
    interests: dict[tuple[UUID, UUID, str], Interest] = field(default_factory=dict)
    scenarios: dict[UUID, Scenario] = field(default_factory=dict)
    project_results: dict[UUID, ProjectResult] = field(default_factory=dict)


class FakeCommuneRounds:
    """The commune rounds."""

    def __init__(self, store: Store) -> None:
        self._rows = store.commune_rounds

    async def get(self, round_id: UUID) -> CommuneRound:
        return found(self._rows, round_id)

    async def read(self, round_id: UUID) -> CommuneRound:
        return found(self._rows, round_id)

    async def of_call(self, call_id: UUID) -> CommuneRound | None:
        return next((round_ for round_ in self._rows.values() if round_.call_id == call_id), None)

    async def add(self, round_: CommuneRound) -> None:
        if round_.id in self._rows:
            raise RoundAlreadyOpen
        self._rows[round_.id] = round_

    async def save(self, round_: CommuneRound) -> int:
        return saved(self._rows, round_)


class FakeCandidatures:
    """The admitted dossiers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = store.candidatures

    async def get(self, call_id: UUID, candidature_id: UUID) -> Candidature:
        return found(self._rows, candidature_id, lambda c: c.call_id == call_id and c.withdrawn_at is None)

    async def of_call(self, call_id: UUID) -> list[Candidature]:
        standing = (c for c in self._rows.values() if c.call_id == call_id and c.withdrawn_at is None)
        return sorted(standing, key=lambda c: (c.commune, c.id))

    async def undeclared(self, round_: CommuneRound, member: Member) -> int:
        return sum(
            not candidature.is_of(member) and (round_.id, candidature.id, member.id) not in self._store.declarations
            for candidature in await self.of_call(round_.call_id)
        )

    async def add(self, candidature: Candidature) -> None:
        self._rows.setdefault(candidature.id, candidature)

    async def withdraw(self, candidature_id: UUID, *, at: datetime) -> bool:
        known = self._rows.get(candidature_id)
        if known is None or known.withdrawn_at is not None:
            return False
        self._rows[candidature_id] = replace(known, withdrawn_at=at)
        return True


class FakeDeclarations:
    """The declarations of interests."""

    def __init__(self, store: Store) -> None:
        self._rows = store.declarations

    async def get(self, round_id: UUID, file_id: UUID, member_id: UUID) -> Declaration | None:
        return self._rows.get((round_id, file_id, member_id))

    async def of_round(self, round_id: UUID) -> dict[tuple[UUID, UUID], Declaration]:
        return {(file, member): said for (id, file, member), said in self._rows.items() if id == round_id}

    async def by(self, round_id: UUID, member_id: UUID, files: Collection[UUID]) -> dict[UUID, Declaration]:
        said = await self.of_round(round_id)
        return {file: said[file, member_id] for file in files if (file, member_id) in said}

    async def save(self, declaration: Declaration) -> None:
        self._rows[(declaration.round_id, declaration.file_id, declaration.member_id)] = declaration


class FakeReviews:
    """The reviews, all versions."""

    def __init__(self, store: Store) -> None:
        self._rows = store.reviews

    async def last(self, round_id: UUID, candidature_id: UUID, member_id: UUID) -> Review | None:
        seat = (candidature_id, member_id)
        return next((r for r in await self.of_round(round_id) if (r.candidature_id, r.member_id) == seat), None)

    async def of_round(self, round_id: UUID) -> list[Review]:
        versions = sorted((r for r in self._rows if r.round_id == round_id), key=lambda r: r.number)
        last = {(r.candidature_id, r.member_id): r for r in versions}
        return [last[seat] for seat in sorted(last)]

    async def by(self, round_id: UUID, member_id: UUID, candidatures: Collection[UUID]) -> frozenset[UUID]:
        own = {review.candidature_id for review in await self.of_round(round_id) if review.member_id == member_id}
        return frozenset(own.intersection(candidatures))

    async def add(self, review: Review) -> None:
        self._rows.append(review)


class FakeDecisions:
    """The announced decisions."""

    def __init__(self, store: Store) -> None:
        self._rows = store.decisions

    async def add(self, decisions: Sequence[Decision]) -> None:
        self._rows.update({decision.candidature_id: decision for decision in decisions})


class FakeProjectRounds:
    """The project rounds."""

    def __init__(self, store: Store) -> None:
        self._rows = store.project_rounds

    async def get(self, round_id: UUID) -> ProjectRound:
        return found(self._rows, round_id)

    async def read(self, round_id: UUID) -> ProjectRound:
        return found(self._rows, round_id)

    async def of_call(self, call_id: UUID) -> ProjectRound | None:
        return next((round_ for round_ in self._rows.values() if round_.call_id == call_id), None)

    async def add(self, round_: ProjectRound) -> None:
        if round_.id in self._rows:
            raise RoundAlreadyOpen
        self._rows[round_.id] = round_

    async def save(self, round_: ProjectRound) -> int:
        return saved(self._rows, round_)


class FakeProposals:
    """The admitted proposals."""

    def __init__(self, store: Store) -> None:
        self._rows = store.proposals

    async def get(self, call_id: UUID, proposal_id: UUID) -> Proposal:
        return found(self._rows, proposal_id, lambda proposal: proposal.call_id == call_id)

    async def of_call(self, call_id: UUID) -> list[Proposal]:
        return sorted((p for p in self._rows.values() if p.call_id == call_id), key=lambda p: p.id)

    async def add(self, proposal: Proposal) -> None:
        self._rows.setdefault(proposal.id, proposal)


class FakeJuryScores:
    """The scores of the jury, all versions."""

    def __init__(self, store: Store) -> None:
        self._rows = store.jury_scores

    async def last(self, round_id: UUID, proposal_id: UUID, juror_id: UUID) -> JuryScore | None:
        seat = (proposal_id, juror_id)
        return next((s for s in await self.of_round(round_id) if (s.proposal_id, s.juror_id) == seat), None)

    async def of_round(self, round_id: UUID) -> list[JuryScore]:
        versions = sorted((s for s in self._rows if s.round_id == round_id), key=lambda s: s.number)
        last = {(s.proposal_id, s.juror_id): s for s in versions}
        return [last[seat] for seat in sorted(last)]

    async def add(self, score: JuryScore) -> None:
        self._rows.append(score)


class FakeInterests:
    """The interests of the communes."""

    def __init__(self, store: Store) -> None:
        self._rows = store.interests

    async def of_round(self, round_id: UUID) -> list[Interest]:
        return [self._rows[key] for key in sorted(self._rows) if key[0] == round_id]

    async def save(self, interest: Interest) -> None:
        self._rows[(interest.round_id, interest.proposal_id, interest.commune)] = interest


class FakeScenarios:
    """The scenarios."""

    def __init__(self, store: Store) -> None:
        self._rows = store.scenarios

    async def get(self, round_id: UUID, scenario_id: UUID) -> Scenario:
        return found(self._rows, scenario_id, lambda scenario: scenario.round_id == round_id)

    async def add(self, scenario: Scenario) -> None:
        self._rows[scenario.id] = scenario


class FakeProjectResults:
    """The results of proposals."""

    def __init__(self, store: Store) -> None:
        self._rows = store.project_results

    async def add(self, results: Sequence[ProjectResult]) -> None:
        self._rows.update({result.proposal_id: result for result in results})


class FakeViews:
    """What is shown."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def commune_rounds(self, member_id: UUID | None, *, after: UUID | None, limit: int) -> list[CommuneRound]:
        rounds = self._store.commune_rounds.items()
        return newest_first(((k, r) for k, r in rounds if not member_id or r.panel.includes(member_id)), after, limit)

    async def candidatures(self, call_id: UUID, *, after: tuple[str, UUID] | None, limit: int) -> list[Candidature]:
        standing = await FakeCandidatures(self._store).of_call(call_id)
        return [each for each in standing if after is None or (each.commune, each.id) > after][:limit]

    async def decision(self, candidature_id: UUID, scope: Scope) -> Decision:
        return found(self._store.decisions, candidature_id, lambda decision: scope.includes(decision.commune))

    async def decisions(self, scope: Scope, *, after: UUID | None, limit: int) -> list[Decision]:
        decisions = self._store.decisions.items()
        return newest_first(((key, each) for key, each in decisions if scope.includes(each.commune)), after, limit)

    async def project_rounds(
        self, member_id: UUID | None, commune: str | None, *, after: UUID | None, limit: int
    ) -> list[ProjectRound]:
        def sees(round_: ProjectRound) -> bool:
            seated = member_id is not None and round_.panel.includes(member_id)
            return seated or commune in round_.communes or (member_id is None and commune is None)

        rounds = self._store.project_rounds.items()
        return newest_first(((key, round_) for key, round_ in rounds if sees(round_)), after, limit)

    async def proposals(self, call_id: UUID, *, after: UUID | None, limit: int) -> list[Proposal]:
        proposals = await FakeProposals(self._store).of_call(call_id)
        return [proposal for proposal in proposals if after is None or proposal.id > after][:limit]

    async def scenarios(self, round_id: UUID, *, after: UUID | None, limit: int) -> list[Scenario]:
        scenarios = self._store.scenarios.items()
        return newest_first(((key, each) for key, each in scenarios if each.round_id == round_id), after, limit)

    async def project_results(self, scope: Scope, *, after: UUID | None, limit: int) -> list[ProjectResult]:
        results = self._store.project_results.items()
        seen = ((key, r) for key, r in results if scope.includes(r.commune) or scope.includes(r.holder_id))
        return newest_first(seen, after, limit)


class FakeWork(MemoryWork[Store]):
    """A unit of work of the service on a store in memory."""

    def __init__(self, store: Store | None = None) -> None:
        super().__init__(store or Store())
        self.commune_rounds = FakeCommuneRounds(self.store)
        self.candidatures = FakeCandidatures(self.store)
        self.declarations = FakeDeclarations(self.store)
        self.reviews = FakeReviews(self.store)
        self.decisions = FakeDecisions(self.store)
        self.project_rounds = FakeProjectRounds(self.store)
        self.proposals = FakeProposals(self.store)
        self.jury_scores = FakeJuryScores(self.store)
        self.interests = FakeInterests(self.store)
        self.scenarios = FakeScenarios(self.store)
        self.project_results = FakeProjectResults(self.store)
        self.views = FakeViews(self.store)
