"""The use cases that choose projects, on a store in memory and with the real solver."""

from uuid import UUID

import pytest

from services.selection.domain.allocation import Answer, Bounds, Problem
from services.selection.domain.errors import (
    AdmittedTooLate,
    ConflictOfInterest,
    NotAMember,
    ProposalsNotScored,
    ScenarioOutdated,
)
from services.selection.domain.project_round import ProjectRound, Status
from services.selection.domain.scenario import Request
from services.selection.domain.seat import Caller
from services.selection.gateways.solver import HighsSolver
from services.selection.usecases.admit_proposal import AdmitProposal, admit_proposal
from services.selection.usecases.adopt_allocation import AdoptAllocation, adopt_allocation
from services.selection.usecases.declare_juror_interests import DeclareJurorInterests, declare_juror_interests
from services.selection.usecases.list_proposals import ListProposals, Viewer, list_proposals
from services.selection.usecases.open_project_round import OpenProjectRound, open_project_round
from services.selection.usecases.ports import Solver
from services.selection.usecases.propose_allocation import ProposeAllocation, propose_allocation
from services.selection.usecases.score_proposal import ScoreProposal, score_proposal
from services.selection.usecases.state_interest import StateInterest, state_interest
from shared.events.selection import ProjectAllocated, ProposalNotRetained
from shared.kit.access import Scope
from shared.kit.refusals import InvalidState, NotFound
from tests.builders.selection import (
    CHAIR,
    CLOSED_AT,
    MEMBER,
    PROJECT_CALL,
    PROJECT_ROUND,
    REVIEWED_AT,
    UNSEALED_AT,
    WAVE_COMMUNES,
    a_project_round,
    a_proposal,
    file,
    person,
)
from tests.fakes.selection import FakeWork

SCENARIO = person(500)


def a_work(proposals: int = 3, status: Status = Status.SCORING) -> FakeWork:
    work = FakeWork()
    work.store.project_rounds[PROJECT_ROUND] = a_project_round(status=status)
    for number in range(1, proposals + 1):
        work.store.proposals[file(number)] = a_proposal(number)
    return work


async def score(work: FakeWork, number: int = 1, points: int = 3, juror: UUID = MEMBER) -> None:
    await score_proposal(ScoreProposal(PROJECT_ROUND, file(number), juror, points, "Mûr.", at=REVIEWED_AT), work)


async def want(work: FakeWork, number: int, commune: str, interest: int) -> None:
    await state_interest(StateInterest(PROJECT_ROUND, file(number), commune, interest, at=REVIEWED_AT), work)


def one_each(round_: ProjectRound) -> Request:
    return Request(Bounds(minimum=1, maximum=1))


async def propose(work: FakeWork, by: UUID = MEMBER, solver: Solver | None = None) -> None:
    command = ProposeAllocation(SCENARIO, PROJECT_ROUND, one_each, Caller(by), at=REVIEWED_AT)
    await propose_allocation(command, solver or HighsSolver(), reading=work, work=work)


def seen_by(viewer: Viewer) -> ListProposals:
    return ListProposals(PROJECT_ROUND, viewer, after=None, limit=9)


async def adopt(work: FakeWork) -> None:
    await adopt_allocation(
        AdoptAllocation(PROJECT_ROUND, SCENARIO, "Le meilleur.", Caller(CHAIR), at=UNSEALED_AT), work
    )


async def test_a_call_without_bounds_of_its_own_takes_six_to_eight_projects() -> None:
    work = FakeWork()
    command = OpenProjectRound(PROJECT_CALL, 2, 1, WAVE_COMMUNES, 5, None, None, at=CLOSED_AT)
    await open_project_round(command, work)

    opened = work.store.project_rounds[PROJECT_ROUND]
    assert (opened.projects_min, opened.projects_max) == (6, 8)


async def test_a_proposal_admitted_after_the_adoption_is_refused() -> None:
    with pytest.raises(AdmittedTooLate):
        await admit_proposal(AdmitProposal(a_proposal(9)), a_work(status=Status.ALLOCATED))


async def test_a_stranger_does_not_score() -> None:
    with pytest.raises(NotAMember):
        await score(a_work(), juror=person(9))


async def test_a_declared_conflict_bars_scoring_on_the_record() -> None:
    work = a_work()
    await declare_juror_interests(
        DeclareJurorInterests(PROJECT_ROUND, file(1), MEMBER, True, "Un contrat.", at=REVIEWED_AT), work
    )

    with pytest.raises(ConflictOfInterest):
        await score(work)
    assert work.store.recorded[-1][:2] == ("conflict-of-interest", file(1))


async def test_every_proposal_is_scored_before_any_is_allocated() -> None:
    work = a_work()
    await score(work, 1)

    with pytest.raises(ProposalsNotScored):
        await propose(work)


async def test_a_score_in_conflict_does_not_count() -> None:
    work = a_work(1)
    await score(work, 1)
    await declare_juror_interests(
        DeclareJurorInterests(PROJECT_ROUND, file(1), MEMBER, True, None, at=REVIEWED_AT), work
    )

    with pytest.raises(ProposalsNotScored):
        await propose(work)


async def test_interests_decide_where_projects_go() -> None:
    work = a_work(3)
    for number, commune in ((1, "94033"), (2, "91027"), (3, "93001")):
        await score(work, number)
        await want(work, number, commune, 5)
    await propose(work)

    pairs = {pair.proposal_id: pair.commune for pair in work.store.scenarios[SCENARIO].answer.pairs}
    assert pairs == {file(1): "94033", file(2): "91027", file(3): "93001"}


async def test_a_juror_of_another_round_proposes_nothing() -> None:
    with pytest.raises(NotFound):
        await propose(a_work(), by=person(9))


async def test_the_adoption_tells_every_proposal_its_fate() -> None:
    work = a_work(4)
    for number in range(1, 5):
        await score(work, number, points=5 - number)
    await propose(work)
    work.store.published.clear()
    await adopt(work)

    facts = [type(event) for event in work.events[1:]]
    assert sorted(facts, key=str) == [ProjectAllocated, ProjectAllocated, ProjectAllocated, ProposalNotRetained]


async def test_a_scenario_overtaken_by_a_new_score_is_not_adopted() -> None:
    work = a_work(3)
    for number in (1, 2, 3):
        await score(work, number)
    await propose(work)
    await score(work, 1, points=5)

    with pytest.raises(ScenarioOutdated):
        await adopt(work)


async def test_before_the_adoption_there_is_no_result() -> None:
    work = a_work(3)
    for number in (1, 2, 3):
        await score(work, number)
    await propose(work)

    assert await work.views.project_results(Scope.everything(), after=None, limit=10) == []


async def test_a_commune_sees_its_own_interest_and_no_score() -> None:
    work = a_work(1)
    await score(work)
    await want(work, 1, "93001", 4)
    await want(work, 1, "91027", 2)

    (line,) = await list_proposals(seen_by(Viewer(commune="91027")), work)
    assert (line.scores, line.interests) == ((), {"91027": 2})


async def test_a_juror_sees_scores_and_interests() -> None:
    work = a_work(1)
    await score(work)
    await want(work, 1, "91027", 2)

    (line,) = await list_proposals(seen_by(Viewer(juror_id=MEMBER)), work)
    assert (line.scores, line.own_score, line.interests) == ((3,), 3, {"91027": 2})


async def test_a_juror_in_conflict_sees_neither_scores_nor_interests() -> None:
    work = a_work(2)
    for number in (1, 2):
        await score(work, number, juror=CHAIR)
        await want(work, number, "91027", 2)
    await declare_juror_interests(
        DeclareJurorInterests(PROJECT_ROUND, file(1), MEMBER, True, None, at=REVIEWED_AT), work
    )

    lines = await list_proposals(seen_by(Viewer(juror_id=MEMBER)), work)
    assert [(line.blocked, line.scores, line.interests) for line in lines] == [
        (True, (), {}),
        (False, (3,), {"91027": 2}),
    ]


async def test_the_solver_is_awaited_outside_any_transaction() -> None:
    work = a_work(3)
    for number in (1, 2, 3):
        await score(work, number)
    seen: list[bool] = []

    class Watching:
        async def solve(self, problem: Problem) -> Answer:
            seen.append(work.open)
            return await HighsSolver().solve(problem)

    await propose(work, solver=Watching())

    assert seen == [False]


async def test_a_scenario_computed_while_another_was_adopted_is_not_kept() -> None:
    work = a_work(3)
    for number in (1, 2, 3):
        await score(work, number)

    class Slow:
        async def solve(self, problem: Problem) -> Answer:
            work.store.project_rounds[PROJECT_ROUND] = a_project_round(status=Status.ALLOCATED)
            return await HighsSolver().solve(problem)

    with pytest.raises(InvalidState):
        await propose(work, solver=Slow())
    assert work.store.scenarios == {}


async def test_the_wave_does_not_exist_for_another_commune() -> None:
    with pytest.raises(NotFound):
        await list_proposals(seen_by(Viewer(commune="95018")), a_work())
