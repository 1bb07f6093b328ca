"""The store of selection keeps the same promises in memory and in PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace

import asyncpg
import pytest

from services.selection.domain.allocation import Answer, Bounds, Level, Pair
from services.selection.domain.announcement import announce
from services.selection.domain.commune_round import Status
from services.selection.domain.declaration import Declaration
from services.selection.domain.errors import RoundAlreadyOpen
from services.selection.domain.panel import Member
from services.selection.domain.project_round import Status as ProjectStatus
from services.selection.domain.proposal import Interest, JuryScore
from services.selection.domain.scenario import Adoption, Request, Scenario
from services.selection.store.unit_of_work import SqlWork
from services.selection.usecases.ports import Work
from services.selection.usecases.read_models import ProjectResult
from shared.kit.access import Scope
from shared.kit.database import Database
from shared.kit.provenance import Provenance
from shared.kit.refusals import NotFound, Stale
from tests.builders.selection import (
    ANNOUNCED_AT,
    CALL,
    CHAIR,
    MEMBER,
    PROJECT_CALL,
    PROJECT_ROUND,
    REVIEWED_AT,
    ROUND,
    UNSEALED_AT,
    a_candidature,
    a_project_round,
    a_proposal,
    a_ratified_round,
    a_review,
    a_round,
    file,
    person,
)
from tests.contract.stores import Stores
from tests.fakes.selection import FakeWork, Store
from tests.infrastructure.databases import OwnDatabase

SERVICES = ("selection",)
STORES = Stores("selection", Store, FakeWork, SqlWork)
ALL = Scope.everything()

Begin = Callable[[], Work]


async def test_a_round_is_read_as_it_was_opened(begin: Begin) -> None:
    async with begin() as work:
        await work.commune_rounds.add(a_round())

    async with begin() as work:
        assert await work.commune_rounds.get(ROUND) == a_round()


async def test_a_round_is_read_as_it_was_saved(begin: Begin) -> None:
    announced = a_ratified_round(
        status=Status.ANNOUNCED, unsealed_at=UNSEALED_AT, unsealing_reason="Absence.", announced_at=ANNOUNCED_AT
    )
    async with begin() as work:
        await work.commune_rounds.add(a_round())
        assert await work.commune_rounds.save(announced) == 2

    async with begin() as work:
        assert await work.commune_rounds.of_call(CALL) == replace(announced, version=2)


async def test_a_stale_round_is_not_saved(begin: Begin) -> None:
    async with begin() as work:
        await work.commune_rounds.add(a_round())

    with pytest.raises(Stale):
        async with begin() as work:
            await work.commune_rounds.save(a_round(version=7))


async def test_a_round_is_opened_once(begin: Begin) -> None:
    async with begin() as work:
        await work.commune_rounds.add(a_round())

    with pytest.raises(RoundAlreadyOpen):
        async with begin() as work:
            await work.commune_rounds.add(a_round())


async def test_an_unknown_round_is_not_found(begin: Begin) -> None:
    with pytest.raises(NotFound):
        async with begin() as work:
            await work.commune_rounds.get(ROUND)


async def test_a_call_that_has_not_closed_has_no_round(begin: Begin) -> None:
    async with begin() as work:
        assert await work.commune_rounds.of_call(CALL) is None


async def test_a_member_sees_the_rounds_of_its_panels(begin: Begin) -> None:
    async with begin() as work:
        await work.commune_rounds.add(a_round())

    async with begin() as work:
        seen = [await work.views.commune_rounds(who, after=None, limit=9) for who in (MEMBER, person(9), None)]
    assert seen == [[a_round()], [], [a_round()]]


async def test_rounds_come_page_by_page(begin: Begin) -> None:
    first, second = a_round(id=person(1), call_id=person(11)), a_round(id=person(2), call_id=person(12))
    async with begin() as work:
        await work.commune_rounds.add(first)
        await work.commune_rounds.add(second)

    async with begin() as work:
        assert await work.views.commune_rounds(None, after=None, limit=1) == [second]
        assert await work.views.commune_rounds(None, after=person(2), limit=1) == [first]


async def test_candidatures_are_those_of_the_call_by_commune(begin: Begin) -> None:
    late, early, other = a_candidature(1, "94033"), a_candidature(2, "91027"), a_candidature(3, call_id=person(1))
    async with begin() as work:
        for each in (late, early, other, late):
            await work.candidatures.add(each)

    async with begin() as work:
        assert await work.candidatures.of_call(CALL) == [early, late]


async def test_candidatures_come_page_by_page(begin: Begin) -> None:
    first, second, third = a_candidature(3, "91027"), a_candidature(1, "93001"), a_candidature(2, "93001")
    async with begin() as work:
        for each in (third, second, first):
            await work.candidatures.add(each)

    async with begin() as work:
        assert await work.views.candidatures(CALL, after=None, limit=2) == [first, second]
        assert await work.views.candidatures(CALL, after=("93001", file(1)), limit=2) == [third]


async def test_a_candidature_that_withdrew_is_not_there_any_more(begin: Begin) -> None:
    async with begin() as work:
        await work.candidatures.add(a_candidature(1))
        await work.candidatures.add(a_candidature(2, "91027"))
        left = [await work.candidatures.withdraw(file(number), at=REVIEWED_AT) for number in (1, 1, 9)]
        await work.candidatures.add(a_candidature(1))

    assert left == [True, False, False]
    async with begin() as work:
        assert await work.candidatures.of_call(CALL) == [a_candidature(2, "91027")]
        assert await work.views.candidatures(CALL, after=None, limit=9) == [a_candidature(2, "91027")]
        with pytest.raises(NotFound):
            await work.candidatures.get(CALL, file(1))


async def test_what_a_member_has_still_to_declare_is_counted(begin: Begin) -> None:
    own, declared, gone, left = (
        a_candidature(number, commune) for number, commune in enumerate(("93001", "91027", "94033", "92071"), 1)
    )
    async with begin() as work:
        for each in (own, declared, gone, left):
            await work.candidatures.add(each)
        await work.candidatures.withdraw(gone.id, at=REVIEWED_AT)
        await work.declarations.save(Declaration(ROUND, declared.id, MEMBER, False, False, None, REVIEWED_AT))

    async with begin() as work:
        counts = [await work.candidatures.undeclared(a_round(), Member(who, "93001")) for who in (MEMBER, CHAIR)]
    assert counts == [1, 2]


async def test_a_candidature_of_another_call_is_not_found(begin: Begin) -> None:
    async with begin() as work:
        await work.candidatures.add(a_candidature())

    with pytest.raises(NotFound):
        async with begin() as work:
            await work.candidatures.get(person(1), file(1))


async def test_the_last_declaration_replaces_the_one_before(begin: Begin) -> None:
    said = Declaration(ROUND, file(1), MEMBER, True, False, "Un proche.", REVIEWED_AT)
    lifted = said.lift(by=CHAIR, reason="Sans rapport.", at=UNSEALED_AT)
    async with begin() as work:
        await work.declarations.save(said)
        await work.declarations.save(lifted)

    async with begin() as work:
        assert await work.declarations.get(ROUND, file(1), MEMBER) == lifted
        assert await work.declarations.of_round(ROUND) == {(file(1), MEMBER): lifted}
        assert await work.declarations.get(ROUND, file(1), CHAIR) is None
        assert await work.declarations.by(ROUND, MEMBER, [file(1), file(2)]) == {file(1): lifted}
        assert await work.declarations.by(ROUND, CHAIR, [file(1)]) == {}


async def test_the_last_version_of_each_review_counts(begin: Begin) -> None:
    first, second = a_review(1, MEMBER, 1, 1, 1, None, 1), replace(a_review(1, MEMBER, 2, 2, 2, 2, 2), number=2)
    async with begin() as work:
        await work.commune_rounds.add(a_round())
        await work.candidatures.add(a_candidature())
        for review in (first, second, a_review(1, CHAIR, 3, 3, 3, 3, 3)):
            await work.reviews.add(review)

    async with begin() as work:
        assert await work.reviews.last(ROUND, file(1), MEMBER) == second
        assert await work.reviews.of_round(ROUND) == [a_review(1, CHAIR, 3, 3, 3, 3, 3), second]
        assert await work.reviews.last(ROUND, file(1), person(9)) is None
        assert await work.reviews.by(ROUND, MEMBER, [file(1), file(2)]) == {file(1)}
        assert await work.reviews.by(ROUND, person(9), [file(1)]) == frozenset()


async def test_decisions_are_seen_by_their_commune(begin: Begin) -> None:
    candidatures = [a_candidature(1, "93001"), a_candidature(2, "91027"), a_candidature(3, "94033")]
    decisions = announce(a_ratified_round(), candidatures, at=ANNOUNCED_AT).decisions
    async with begin() as work:
        await work.commune_rounds.add(a_round())
        await work.decisions.add(decisions)

    async with begin() as work:
        assert await work.views.decisions(ALL, after=None, limit=9) == list(reversed(decisions))
        assert await work.views.decisions(ALL, after=file(2), limit=9) == [decisions[0]]
        assert await work.views.decisions(Scope.only("91027"), after=None, limit=9) == [decisions[1]]
        assert await work.views.decision(file(2), Scope.only("91027")) == decisions[1]
        with pytest.raises(NotFound):
            await work.views.decision(file(1), Scope.only("91027"))


async def test_a_project_round_is_read_as_it_was_saved(begin: Begin) -> None:
    adopted = a_project_round(
        status=ProjectStatus.ALLOCATED, adoption=Adoption(person(5), "Le meilleur.", None, UNSEALED_AT)
    )
    async with begin() as work:
        await work.project_rounds.add(a_project_round())
        assert await work.project_rounds.save(adopted) == 2

    async with begin() as work:
        assert await work.project_rounds.get(PROJECT_ROUND) == replace(adopted, version=2)
        assert await work.project_rounds.of_call(PROJECT_CALL) == replace(adopted, version=2)


async def test_jurors_and_communes_see_their_project_rounds(begin: Begin) -> None:
    async with begin() as work:
        await work.project_rounds.add(a_project_round())

    viewers = [(MEMBER, None), (person(9), None), (None, "93001"), (None, "95018"), (person(9), "93001"), (None, None)]
    async with begin() as work:
        seen = [await work.views.project_rounds(*viewer, after=None, limit=9) for viewer in viewers]
    assert [len(rounds) for rounds in seen] == [1, 0, 1, 0, 1, 1]


async def test_proposals_are_those_of_the_call(begin: Begin) -> None:
    async with begin() as work:
        for proposal in (a_proposal(2), a_proposal(1), a_proposal(3, call_id=person(1)), a_proposal(1)):
            await work.proposals.add(proposal)

    async with begin() as work:
        assert await work.proposals.of_call(PROJECT_CALL) == [a_proposal(1), a_proposal(2)]
        assert await work.views.proposals(PROJECT_CALL, after=None, limit=1) == [a_proposal(1)]
        assert await work.views.proposals(PROJECT_CALL, after=file(1), limit=9) == [a_proposal(2)]
        with pytest.raises(NotFound):
            await work.proposals.get(PROJECT_CALL, file(3))


async def test_the_last_score_and_the_last_interest_count(begin: Begin) -> None:
    scores = [JuryScore(PROJECT_ROUND, file(1), MEMBER, n, n, "Mûr.", REVIEWED_AT) for n in (1, 2)]
    interests = [Interest(PROJECT_ROUND, file(1), "93001", level, REVIEWED_AT) for level in (1, 5)]
    async with begin() as work:
        await work.project_rounds.add(a_project_round())
        await work.proposals.add(a_proposal())
        for score in scores:
            await work.jury_scores.add(score)
        for interest in interests:
            await work.interests.save(interest)

    async with begin() as work:
        assert await work.jury_scores.last(PROJECT_ROUND, file(1), MEMBER) == scores[1]
        assert await work.jury_scores.of_round(PROJECT_ROUND) == [scores[1]]
        assert await work.interests.of_round(PROJECT_ROUND) == [interests[1]]


def a_scenario(number: int = 1) -> Scenario:
    pairs = frozenset({Pair(file(1), "93001"), Pair(file(2), "91027")})
    levels = (Level("shortage", 0, 0.0, 0.0, True), Level("total", 100, None, None, False))
    bounds = Bounds(1, 2, {"93001": 1}, 5)
    return Scenario(
        id=person(number),
        round_id=PROJECT_ROUND,
        request=Request(bounds, frozenset({Pair(file(1), "93001")}), frozenset({Pair(file(2), "94033")})),
        answer=Answer(pairs, levels),
        shortages={"93001": 0, "91027": 0, "94033": 1},
        unallocated=(file(3),),
        digest="d" * 64,
        computed_at=REVIEWED_AT,
    )


async def test_a_scenario_is_read_as_it_was_computed(begin: Begin) -> None:
    async with begin() as work:
        await work.project_rounds.add(a_project_round())
        await work.scenarios.add(a_scenario(1))
        await work.scenarios.add(a_scenario(2))

    async with begin() as work:
        assert await work.scenarios.get(PROJECT_ROUND, person(1)) == a_scenario(1)
        assert await work.views.scenarios(PROJECT_ROUND, after=None, limit=9) == [a_scenario(2), a_scenario(1)]
        with pytest.raises(NotFound):
            await work.scenarios.get(ROUND, person(1))


async def test_results_are_seen_by_holder_and_by_commune(begin: Begin) -> None:
    placed = ProjectResult(file(1), PROJECT_ROUND, 2, 1, "Projet", "siret:1", "93001", UNSEALED_AT)
    refused = ProjectResult(file(2), PROJECT_ROUND, 2, 1, "Projet", "siret:2", None, UNSEALED_AT)
    async with begin() as work:
        await work.project_rounds.add(a_project_round())
        await work.project_results.add([placed, refused])

    scopes = [ALL, Scope.only("93001"), Scope.only("siret:2"), Scope.only("91027")]
    async with begin() as work:
        seen = [await work.views.project_results(scope, after=None, limit=9) for scope in scopes]
    assert seen == [[refused, placed], [placed], [refused], []]


@pytest.mark.parametrize("statement", ["UPDATE reviews SET number = 9", "DELETE FROM reviews"])
async def test_not_even_the_service_rewrites_a_review(database: OwnDatabase, statement: str) -> None:
    opened = Database(database.dsn("selection"), "selection", max_size=2)
    await opened.start()
    async with SqlWork(opened, Provenance.of_system("test", at=REVIEWED_AT)) as work:
        await work.commune_rounds.add(a_round())
        await work.candidatures.add(a_candidature())
        await work.reviews.add(a_review(1, MEMBER, 1, 1, 1, 1, 1))

    with pytest.raises(asyncpg.RestrictViolationError):
        async with opened.transaction() as connection:
            await connection.execute(statement)
    await opened.stop()
