"""The use cases that choose communes, on a store in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from services.selection.domain.commune_round import Status
from services.selection.domain.declaration import Declaration
from services.selection.domain.errors import (
    AdmittedTooLate,
    ConflictOfInterest,
    DeclarationRequired,
    NotAMember,
    NotTheChair,
    RoundAlreadyOpen,
    ScoresSealed,
    UnderEmbargo,
    WithdrawnTooLate,
)
from services.selection.domain.review import Review
from services.selection.domain.seat import Caller
from services.selection.usecases.admit_candidature import AdmitCandidature, admit_candidature
from services.selection.usecases.adopt_recommendation import AdoptRecommendation, adopt_recommendation
from services.selection.usecases.announce_round import AnnounceRound, announce_round
from services.selection.usecases.declare_interests import DeclareInterests, declare_interests
from services.selection.usecases.lift_conflict import LiftConflict, lift_conflict
from services.selection.usecases.list_candidatures import ListCandidatures, list_candidatures
from services.selection.usecases.open_commune_round import OpenCommuneRound, open_commune_round
from services.selection.usecases.rank_candidatures import RankCandidatures, rank_candidatures
from services.selection.usecases.ratify_recommendation import RatifyRecommendation, ratify_recommendation
from services.selection.usecases.read_candidature import ReadCandidature, read_candidature, read_reviews
from services.selection.usecases.submit_review import SubmitReview, submit_review
from services.selection.usecases.unseal_scores import UnsealScores, unseal_scores
from services.selection.usecases.withdraw_candidature import WithdrawCandidature, withdraw_candidature
from shared.events.selection import ConflictDeclared, ConflictLifted, ReviewSubmitted
from shared.kit.access import Scope
from shared.kit.refusals import NotFound
from tests.builders.selection import (
    ANNOUNCED_AT,
    CALL,
    CHAIR,
    CLOSED_AT,
    CRITERIA,
    MEMBER,
    OTHER,
    RECOMMENDED_AT,
    REVIEWED_AT,
    ROUND,
    UNSEALED_AT,
    a_ballot,
    a_candidature,
    a_panel,
    a_ratification,
    a_ratified_round,
    a_review,
    a_round,
    file,
    marks,
    person,
)
from tests.fakes.selection import FakeWork

OVERSIGHT = Caller(person(99), oversight=True)
OPENING = OpenCommuneRound(CALL, 2, CRITERIA, 5, 4, at=CLOSED_AT)


def a_work(*communes: str, status: Status = Status.REVIEWING) -> FakeWork:
    """A round with the candidatures of these communes."""
    work = FakeWork()
    work.store.commune_rounds[ROUND] = a_round(status)
    for number, commune in enumerate(communes or ("93001",), 1):
        work.store.candidatures[file(number)] = a_candidature(number, commune)
    return work


async def declare(work: FakeWork, member: UUID, number: int = 1, *, conflict: bool = False) -> Declaration:
    return await declare_interests(DeclareInterests(ROUND, file(number), member, conflict, None, at=REVIEWED_AT), work)


async def review(
    work: FakeWork, member: UUID, number: int = 1, scores: Sequence[int | None] = (3, 3, 3, 3, 3)
) -> Review:
    return await submit_review(SubmitReview(ROUND, file(number), member, marks(*scores), at=REVIEWED_AT), work)


async def test_a_call_opens_one_round() -> None:
    work = FakeWork()
    await open_commune_round(OPENING, work)

    with pytest.raises(RoundAlreadyOpen):
        await open_commune_round(OPENING, work)


async def test_a_candidature_admitted_before_the_closing_is_in_the_round() -> None:
    work = FakeWork()
    await admit_candidature(AdmitCandidature(a_candidature()), work)
    await open_commune_round(OPENING, work)
    work.store.commune_rounds[ROUND] = replace(work.store.commune_rounds[ROUND], panel=a_panel())

    lines = await list_candidatures(ListCandidatures(ROUND, Caller(CHAIR), after=None, limit=9), work)
    assert [line.candidature.id for line in lines] == [file(1)]


async def test_a_candidature_admitted_after_the_recommendation_is_refused() -> None:
    with pytest.raises(AdmittedTooLate):
        await admit_candidature(AdmitCandidature(a_candidature(9)), a_work(status=Status.RECOMMENDED))


async def test_a_commune_that_withdraws_leaves_the_round() -> None:
    work = a_work("93001", "91027")
    await withdraw_candidature(WithdrawCandidature(CALL, file(1), at=REVIEWED_AT), work)

    lines = await list_candidatures(ListCandidatures(ROUND, Caller(CHAIR), after=None, limit=9), work)
    assert [line.candidature.commune for line in lines] == ["91027"]


async def test_a_commune_that_withdraws_after_the_recommendation_is_not_announced() -> None:
    work = a_ratified_work()
    await withdraw_candidature(WithdrawCandidature(CALL, file(1), at=ANNOUNCED_AT - timedelta(days=1)), work)
    await announce_round(AnnounceRound(ROUND, at=ANNOUNCED_AT), work)

    assert [event.event_type for event in work.events] == [
        "round-announced.v1",
        "commune-waitlisted.v1",
        "commune-not-selected.v1",
    ]


async def test_a_withdrawal_after_the_announcement_is_for_people_to_decide() -> None:
    work = a_work(status=Status.ANNOUNCED)

    with pytest.raises(WithdrawnTooLate):
        await withdraw_candidature(WithdrawCandidature(CALL, file(1), at=ANNOUNCED_AT), work)
    assert work.store.candidatures[file(1)].withdrawn_at is None


async def test_the_withdrawal_of_a_dossier_that_was_never_admitted_changes_nothing() -> None:
    work = a_work(status=Status.ANNOUNCED)
    await withdraw_candidature(WithdrawCandidature(CALL, file(9), at=ANNOUNCED_AT), work)

    assert list(work.store.candidatures) == [file(1)]


async def test_a_member_who_is_not_the_chair_does_not_learn_who_sits() -> None:
    with pytest.raises(NotTheChair):
        await lift_conflict(LiftConflict(ROUND, file(1), person(9), MEMBER, "Curiosité.", at=REVIEWED_AT), a_work())


async def test_the_chair_finds_no_conflict_of_a_stranger() -> None:
    with pytest.raises(NotFound):
        await lift_conflict(LiftConflict(ROUND, file(1), person(9), CHAIR, "Erreur.", at=REVIEWED_AT), a_work())


async def test_a_conflict_is_told_without_its_reason() -> None:
    work = a_work()
    await declare(work, MEMBER, conflict=True)

    assert work.events == [
        ConflictDeclared(round_id=ROUND, candidature_id=file(1), member_id=MEMBER, declared_at=REVIEWED_AT)
    ]


async def test_a_declaration_without_conflict_tells_nothing() -> None:
    work = a_work()
    await declare(work, MEMBER)

    assert work.events == []


async def test_a_stranger_declares_nothing() -> None:
    with pytest.raises(NotAMember):
        await declare(a_work(), person(9))


async def test_nothing_is_read_before_every_declaration() -> None:
    work = a_work("93001", "91027")
    await declare(work, MEMBER, 1)

    with pytest.raises(DeclarationRequired):
        await read_candidature(ReadCandidature(ROUND, file(1), Caller(MEMBER)), work)


async def test_nothing_is_scored_before_every_declaration() -> None:
    work = a_work("93001", "91027")
    await declare(work, MEMBER, 1)

    with pytest.raises(DeclarationRequired):
        await review(work, MEMBER, 1)


async def test_a_conflict_refuses_reading_and_is_put_on_the_record() -> None:
    work = a_work()
    await declare(work, MEMBER, conflict=True)

    with pytest.raises(ConflictOfInterest):
        await read_candidature(ReadCandidature(ROUND, file(1), Caller(MEMBER)), work)
    assert work.store.recorded == [("conflict-of-interest", file(1), {"round": str(ROUND), "member": str(MEMBER)})]


async def test_a_conflict_refuses_scoring_and_is_put_on_the_record() -> None:
    work = a_work()
    await declare(work, MEMBER, conflict=True)

    with pytest.raises(ConflictOfInterest):
        await review(work, MEMBER)
    assert work.store.recorded == [("conflict-of-interest", file(1), {"round": str(ROUND), "member": str(MEMBER)})]


async def test_the_chair_lifts_a_conflict_and_the_member_scores() -> None:
    work = a_work()
    await declare(work, MEMBER, conflict=True)
    await lift_conflict(LiftConflict(ROUND, file(1), MEMBER, CHAIR, "Sans rapport.", at=REVIEWED_AT), work)

    assert (await review(work, MEMBER)).number == 1
    assert work.events[1] == ConflictLifted(
        round_id=ROUND, candidature_id=file(1), member_id=MEMBER, lifted_at=REVIEWED_AT
    )


async def test_the_round_does_not_exist_for_a_stranger() -> None:
    with pytest.raises(NotFound):
        await read_candidature(ReadCandidature(ROUND, file(1), Caller(person(9))), a_work())


async def test_another_review_replaces_the_first_without_erasing_it() -> None:
    work = a_work()
    await declare(work, MEMBER)
    await review(work, MEMBER, scores=(1, 1, 1, 1, 1))
    await review(work, MEMBER, scores=(2, 2, 2, 2, 2))

    assert [(kept.number, kept.marks) for kept in work.store.reviews] == [
        (1, marks(1, 1, 1, 1, 1)),
        (2, marks(2, 2, 2, 2, 2)),
    ]


async def test_the_same_review_again_changes_nothing() -> None:
    work = a_work()
    await declare(work, MEMBER)
    first, second = await review(work, MEMBER), await review(work, MEMBER)

    assert first == second
    assert work.events == [
        ReviewSubmitted(round_id=ROUND, candidature_id=file(1), member_id=MEMBER, submitted_at=REVIEWED_AT)
    ]


async def test_no_ranking_before_the_unsealing() -> None:
    with pytest.raises(ScoresSealed):
        await rank_candidatures(RankCandidatures(ROUND, Caller(CHAIR)), a_work())


async def test_no_review_of_others_before_the_unsealing() -> None:
    with pytest.raises(ScoresSealed):
        await read_reviews(ReadCandidature(ROUND, file(1), Caller(CHAIR)), a_work())


async def test_scores_are_unsealed_once_all_expected_reviews_are_in() -> None:
    work = a_work()
    await declare(work, OTHER, conflict=True)
    for member in (CHAIR, MEMBER):
        await declare(work, member)
        await review(work, member)
    await unseal_scores(UnsealScores(ROUND, OVERSIGHT, None, at=UNSEALED_AT), work)

    assert (await rank_candidatures(RankCandidatures(ROUND, Caller(MEMBER)), work)).missing == 0


async def test_a_review_that_preceded_a_conflict_is_kept_and_does_not_count() -> None:
    work = a_work()
    for member, score in ((CHAIR, 1), (MEMBER, 5)):
        await declare(work, member)
        await review(work, member, scores=[score] * 5)
    await declare(work, MEMBER, conflict=True)
    await unseal_scores(UnsealScores(ROUND, Caller(CHAIR), "Un membre est absent.", at=UNSEALED_AT), work)

    ranking = await rank_candidatures(RankCandidatures(ROUND, Caller(CHAIR)), work)
    assert (len(work.store.reviews), ranking.analysis.standings[0].mean) == (2, Fraction(1))


async def test_a_conflict_hides_the_reviews_of_others_after_the_unsealing() -> None:
    work = a_work(status=Status.UNSEALED)
    work.store.reviews.append(a_review(1, CHAIR, 3, 3, 3, 3, 3))
    work.store.declarations[(ROUND, file(1), MEMBER)] = Declaration(
        ROUND, file(1), MEMBER, True, False, None, REVIEWED_AT
    )

    with pytest.raises(ConflictOfInterest):
        await read_reviews(ReadCandidature(ROUND, file(1), Caller(MEMBER)), work)


async def test_the_programme_reads_the_reviews_once_unsealed() -> None:
    work = a_work(status=Status.UNSEALED)
    work.store.reviews.append(a_review(1, CHAIR, 3, 3, 3, 3, 3))

    assert await read_reviews(ReadCandidature(ROUND, file(1), OVERSIGHT), work) == [a_review(1, CHAIR, 3, 3, 3, 3, 3)]


async def test_the_list_suggests_conflicts_to_declare() -> None:
    work = a_work("93001", "91027")
    work.store.commune_rounds[ROUND] = a_round(panel=replace(a_panel(), members=a_panel().members[:2]))

    lines = await list_candidatures(ListCandidatures(ROUND, Caller(MEMBER), after=None, limit=9), work)
    assert [(line.candidature.commune, line.blocked, line.suggested) for line in lines] == [
        ("91027", False, None),
        ("93001", False, None),
    ]


async def test_ratifying_sets_the_clock_of_the_announcement() -> None:
    work = a_work("93001", "91027", "94033", status=Status.UNSEALED)
    command = AdoptRecommendation(
        ROUND, a_ballot([1], [2], [3]), (CHAIR, MEMBER), "CR", None, caller=Caller(CHAIR), at=RECOMMENDED_AT
    )
    await adopt_recommendation(command, work)
    await ratify_recommendation(RatifyRecommendation(ROUND, a_ratification()), work)

    assert work.store.deadlines == {(ROUND, "round.announce"): ANNOUNCED_AT}


def a_ratified_work() -> FakeWork:
    work = a_work("93001", "91027", "94033")
    work.store.commune_rounds[ROUND] = a_ratified_round()
    return work


async def test_before_the_announcement_no_event_and_no_result_names_anybody() -> None:
    work = a_ratified_work()

    with pytest.raises(UnderEmbargo):
        await announce_round(AnnounceRound(ROUND, at=ANNOUNCED_AT - timedelta(seconds=1)), work)
    assert (work.events, work.store.decisions) == ([], {})


async def test_the_announcement_tells_every_commune_at_once() -> None:
    work = a_ratified_work()
    await announce_round(AnnounceRound(ROUND, at=ANNOUNCED_AT), work)

    assert [event.event_type for event in work.events] == [
        "round-announced.v1",
        "commune-selected.v1",
        "commune-waitlisted.v1",
        "commune-not-selected.v1",
    ]


async def test_a_commune_reads_its_own_result_and_no_other() -> None:
    work = a_ratified_work()
    await announce_round(AnnounceRound(ROUND, at=ANNOUNCED_AT), work)

    mine = await work.views.decisions(Scope.only("91027"), after=None, limit=10)
    assert [(decision.commune, decision.outcome) for decision in mine] == [("91027", "waitlisted")]
