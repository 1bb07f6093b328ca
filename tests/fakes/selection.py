"""The store of the selection service in memory, with transactions that can be rolled back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

from services.selection.domain.announcement import Decision
from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.declaration import Declaration
from services.selection.domain.errors import RoundAlreadyOpen
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.proposal import Interest, JuryScore, Proposal
from services.selection.domain.review import Review
from services.selection.domain.scenario import Scenario
from services.selection.usecases.read_models import ProjectResult
from shared.events.base import Event
from shared.kit.access import Scope
from shared.kit.refusals import NotFound, Stale

Row = TypeVar("Row")
Triple = tuple[UUID, UUID, UUID]


@dataclass
class Store:
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
    deadlines: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    published: list[tuple[UUID, Event]] = field(default_factory=list)
    recorded: list[tuple[str, UUID, dict[str, str]]] = field(default_factory=list)

    def copy(self) -> "Store":
        """What to go back to."""
        return Store(**{name: value.copy() for name, value in vars(self).items()})


def _page(rows: Mapping[UUID, Row], after: UUID | None, limit: int) -> list[Row]:
    newest = sorted(rows, reverse=True)
    return [rows[key] for key in newest if after is None or key < after][:limit]


def _found(rows: Mapping[UUID, Row], key: UUID) -> Row:
    if key not in rows:
        raise NotFound
    return rows[key]


class FakeCommuneRounds:
    """The commune rounds."""

    def __init__(self, store: Store) -> None:
        self._rows = store.commune_rounds

    async def get(self, round_id: UUID) -> CommuneRound:
        return _found(self._rows, round_id)

    async def read(self, round_id: UUID) -> CommuneRound:
        return _found(self._rows, round_id)

    async def of_call(self, call_id: UUID) -> CommuneRound | None:
        return next((round_ for round_ in self._rows.values() if round_.call_id == call_id), None)

    async def page(self, member_id: UUID | None, *, after: UUID | None, limit: int) -> list[CommuneRound]:
        mine = {key: r for key, r in self._rows.items() if member_id is None or r.panel.includes(member_id)}
        return _page(mine, after, limit)

    async def add(self, round_: CommuneRound) -> None:
        if round_.id in self._rows:
            raise RoundAlreadyOpen
        self._rows[round_.id] = round_

    async def save(self, round_: CommuneRound) -> int:
        if self._rows[round_.id].version != round_.version:
            raise Stale
        self._rows[round_.id] = replace(round_, version=round_.version + 1)
        return round_.version + 1


class FakeCandidatures:
    """The admitted dossiers."""

    def __init__(self, store: Store) -> None:
        self._rows = store.candidatures

    async def get(self, call_id: UUID, candidature_id: UUID) -> Candidature:
        candidature = _found(self._rows, candidature_id)
        if candidature.call_id != call_id:
            raise NotFound
        return candidature

    async def of_call(self, call_id: UUID) -> list[Candidature]:
        return sorted((c for c in self._rows.values() if c.call_id == call_id), key=lambda c: (c.commune, c.id))

    async def add(self, candidature: Candidature) -> None:
        self._rows.setdefault(candidature.id, candidature)


class FakeDeclarations:
    """The declarations of interests."""

    def __init__(self, store: Store) -> None:
        self._rows = store.declarations

    async def get(self, round_id: UUID, file_id: UUID, member_id: UUID) -> Declaration | None:
        return self._rows.get((round_id, file_id, member_id))

    async def of_round(self, round_id: UUID) -> dict[tuple[UUID, UUID], Declaration]:
        return {(file, member): said for (id, file, member), said in self._rows.items() if id == round_id}

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

    async def add(self, review: Review) -> None:
        self._rows.append(review)


class FakeDecisions:
    """The announced decisions."""

    def __init__(self, store: Store) -> None:
        self._rows = store.decisions

    async def add(self, decisions: Sequence[Decision]) -> None:
        self._rows.update({decision.candidature_id: decision for decision in decisions})

    async def get(self, candidature_id: UUID, scope: Scope) -> Decision:
        decision = _found(self._rows, candidature_id)
        if not scope.includes(decision.commune):
            raise NotFound
        return decision

    async def page(self, scope: Scope, *, after: UUID | None, limit: int) -> list[Decision]:
        return _page({key: d for key, d in self._rows.items() if scope.includes(d.commune)}, after, limit)


class FakeProjectRounds:
    """The project rounds."""

    def __init__(self, store: Store) -> None:
        self._rows = store.project_rounds

    async def get(self, round_id: UUID) -> ProjectRound:
        return _found(self._rows, round_id)

    async def read(self, round_id: UUID) -> ProjectRound:
        return _found(self._rows, round_id)

    async def of_call(self, call_id: UUID) -> ProjectRound | None:
        return next((round_ for round_ in self._rows.values() if round_.call_id == call_id), None)

    async def page(
        self, member_id: UUID | None, commune: str | None, *, after: UUID | None, limit: int
    ) -> list[ProjectRound]:
        def sees(round_: ProjectRound) -> bool:
            everything = member_id is None and commune is None
            return (
                everything or commune in round_.communes or (member_id is not None and round_.panel.includes(member_id))
            )

        return _page({key: round_ for key, round_ in self._rows.items() if sees(round_)}, after, limit)

    async def add(self, round_: ProjectRound) -> None:
        if round_.id in self._rows:
            raise RoundAlreadyOpen
        self._rows[round_.id] = round_

    async def save(self, round_: ProjectRound) -> int:
        if self._rows[round_.id].version != round_.version:
            raise Stale
        self._rows[round_.id] = replace(round_, version=round_.version + 1)
        return round_.version + 1


class FakeProposals:
    """The admitted proposals."""

    def __init__(self, store: Store) -> None:
        self._rows = store.proposals

    async def get(self, call_id: UUID, proposal_id: UUID) -> Proposal:
        proposal = _found(self._rows, proposal_id)
        if proposal.call_id != call_id:
            raise NotFound
        return proposal

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
        scenario = _found(self._rows, scenario_id)
        if scenario.round_id != round_id:
            raise NotFound
        return scenario

    async def page(self, round_id: UUID, *, after: UUID | None, limit: int) -> list[Scenario]:
        return _page({key: s for key, s in self._rows.items() if s.round_id == round_id}, after, limit)

    async def add(self, scenario: Scenario) -> None:
        self._rows[scenario.id] = scenario


class FakeProjectResults:
    """The results of proposals."""

    def __init__(self, store: Store) -> None:
        self._rows = store.project_results

    async def add(self, results: Sequence[ProjectResult]) -> None:
        self._rows.update({result.proposal_id: result for result in results})

    async def page(self, scope: Scope, *, after: UUID | None, limit: int) -> list[ProjectResult]:
        seen = {k: r for k, r in self._rows.items() if scope.includes(r.commune) or scope.includes(r.holder_id)}
        return _page(seen, after, limit)


class FakeDeadlines:
    """The deadlines."""

    def __init__(self, store: Store) -> None:
        self._rows = store.deadlines

    async def set(self, aggregate_id: UUID, kind: str, due_at: datetime) -> None:
        self._rows[(aggregate_id, kind)] = due_at

    async def cancel(self, aggregate_id: UUID, kind: str) -> None:
        self._rows.pop((aggregate_id, kind), None)


class FakeWork:
    """A unit of work on a store in memory: rolls back when the block raises."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store or Store()
        self._before = self.store.copy()
        self._bind()

    def _bind(self) -> None:
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
        self.deadlines = FakeDeadlines(self.store)

    @property
    def events(self) -> list[Event]:
        """What was published, in order."""
        return [event for _, event in self.store.published]

    async def __aenter__(self) -> Self:
        self._before = self.store.copy()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.store = self._before
            self._bind()

    async def publish(self, aggregate_id: UUID, event: Event) -> None:
        assert aggregate_id == event.subject_id
        self.store.published.append((aggregate_id, event))

    async def publish_state(self, key: UUID, message: Event) -> None:
        raise AssertionError("this service has no compacted topic")

    async def record(self, action: str, subject: UUID, detail: Mapping[str, str]) -> None:
        self.store.recorded.append((action, subject, dict(detail)))
