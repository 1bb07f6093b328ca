"""The project round: scores, interests, and the adoption that tells everybody."""

from dataclasses import replace

import pytest

from services.selection.domain.allocation import Answer, Bounds, Level, Pair
from services.selection.domain.errors import ConflictOfInterest, NotTheChair, ScenarioOutdated, ScoreOffScale
from services.selection.domain.panel import Member
from services.selection.domain.project_round import Status
from services.selection.domain.proposal import Interest, JuryScore
from services.selection.domain.scenario import Adoption, Request, Scenario, scenario_of
from shared.events.selection import (
    AllocationAdopted,
    ProjectAllocated,
    ProjectRoundOpened,
    ProjectScoresRecorded,
    ProposalNotRetained,
)
from shared.kit.refusals import InvalidState, NotFound
from tests.builders.selection import (
    CHAIR,
    CLOSED_AT,
    MEMBER,
    PROJECT_CALL,
    PROJECT_ROUND,
    REVIEWED_AT,
    UNSEALED_AT,
    a_problem,
    a_project_round,
    a_proposal,
    file,
    person,
)

ADOPTION = Adoption(person(500), "Le meilleur total.", CHAIR, UNSEALED_AT)


def a_scenario() -> Scenario:
    answer = Answer(frozenset({Pair(file(1), "93001")}), (Level("shortage", 17, 17.0, 0.0, True),))
    return Scenario(
        id=person(500),
        round_id=PROJECT_ROUND,
        request=Request(Bounds()),
        answer=answer,
        shortages={"93001": 5, "91027": 6, "94033": 6},
        unallocated=(file(2),),
        digest="",
        computed_at=REVIEWED_AT,
    )


def test_a_project_round_tells_its_opening() -> None:
    assert a_project_round().opening == ProjectRoundOpened(
        round_id=PROJECT_ROUND, call_id=PROJECT_CALL, edition=2, wave=1, opened_at=CLOSED_AT
    )


def test_a_juror_scores_without_telling_the_score() -> None:
    round_ = a_project_round()
    interests = round_.interests(MEMBER, a_proposal(), None)
    score, event = round_.score(interests, 4, "Mûr.", previous=None, at=REVIEWED_AT)

    assert score == JuryScore(PROJECT_ROUND, file(1), MEMBER, 1, 4, "Mûr.", REVIEWED_AT)
    assert event == ProjectScoresRecorded(
        round_id=PROJECT_ROUND, proposal_id=file(1), juror_id=MEMBER, recorded_at=REVIEWED_AT
    )


@pytest.mark.parametrize("score", [-1, 6])
def test_a_juror_stays_on_the_scale(score: int) -> None:
    round_ = a_project_round()

    with pytest.raises(ScoreOffScale):
        round_.score(round_.interests(MEMBER, a_proposal(), None), score, "Mûr.", previous=None, at=REVIEWED_AT)


def test_a_juror_does_not_score_the_proposal_of_its_own_body() -> None:
    round_ = a_project_round().seat(Member(MEMBER, "siret:00000000000001"))

    with pytest.raises(ConflictOfInterest):
        round_.score(round_.interests(MEMBER, a_proposal(1), None), 5, "Mûr.", previous=None, at=REVIEWED_AT)


def test_a_commune_of_the_wave_says_what_it_wants() -> None:
    assert a_project_round().state_interest(a_proposal(), "91027", 5, at=REVIEWED_AT) == Interest(
        PROJECT_ROUND, file(1), "91027", 5, REVIEWED_AT
    )


def test_the_round_does_not_exist_for_another_commune() -> None:
    with pytest.raises(NotFound):
        a_project_round().state_interest(a_proposal(), "95018", 5, at=REVIEWED_AT)


def test_the_adoption_tells_every_holder() -> None:
    proposals = [a_proposal(1), a_proposal(2)]
    allocated, adopted, facts = a_project_round().adopt(a_scenario(), proposals, ADOPTION)

    common = {"round_id": PROJECT_ROUND, "call_id": PROJECT_CALL, "edition": 2, "wave": 1}
    assert allocated.status is Status.ALLOCATED
    assert adopted == AllocationAdopted(**common, optimal=True, shortage=17, adopted_at=UNSEALED_AT)
    assert facts == (
        ProjectAllocated(
            proposal_id=file(1),
            title="Projet inventé 1",
            holder_id="siret:00000000000001",
            commune="93001",
            allocated_at=UNSEALED_AT,
            **common,
        ),
        ProposalNotRetained(
            proposal_id=file(2),
            title="Projet inventé 2",
            holder_id="siret:00000000000002",
            decided_at=UNSEALED_AT,
            **common,
        ),
    )


def test_a_juror_does_not_adopt_alone() -> None:
    with pytest.raises(NotTheChair):
        a_project_round().adopt(a_scenario(), [], replace(ADOPTION, by=MEMBER))


def test_an_allocation_is_adopted_once() -> None:
    with pytest.raises(InvalidState):
        a_project_round(status=Status.ALLOCATED).adopt(a_scenario(), [], ADOPTION)


def test_nothing_is_scored_after_the_adoption() -> None:
    round_ = a_project_round(status=Status.ALLOCATED)

    with pytest.raises(InvalidState):
        round_.score(round_.interests(MEMBER, a_proposal(), None), 5, "Mûr.", previous=None, at=UNSEALED_AT)


def test_a_scenario_is_worth_what_its_inputs_are_still_worth() -> None:
    before, after = a_problem([[1, 2]], Bounds(0, 1)), a_problem([[2, 1]], Bounds(0, 1))
    scenario = scenario_of(
        before,
        Answer(frozenset(), ()),
        id=person(1),
        round_id=PROJECT_ROUND,
        request=Request(Bounds(0, 1)),
        at=CLOSED_AT,
    )

    with pytest.raises(ScenarioOutdated):
        scenario.require_current(after)
