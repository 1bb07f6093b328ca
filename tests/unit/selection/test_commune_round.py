"""The commune round: what each state allows, and what is sealed."""

import pytest

from services.selection.domain.commune_round import TRANSITIONS, Status
from services.selection.domain.errors import (
    ConflictOfInterest,
    EmptyPanel,
    InvalidRatification,
    InvalidReview,
    NotTheChair,
    OverQuota,
    QuorumNotReached,
    ReviewsClosed,
    ReviewsMissing,
    ScoresSealed,
)
from services.selection.domain.panel import NOBODY, Member
from services.selection.domain.review import Review
from shared.events.selection import (
    CommuneRoundOpened,
    RecommendationAdopted,
    RecommendationRatified,
    ReviewSubmitted,
    ScoresUnsealed,
)
from shared.kit.refusals import InvalidState
from tests.builders.selection import (
    ANNOUNCED_AT,
    CALL,
    CHAIR,
    CLOSED_AT,
    DELIBERATED_ON,
    MEMBER,
    OTHER,
    RATIFIED_AT,
    RECOMMENDED_AT,
    REVIEWED_AT,
    ROUND,
    UNSEALED_AT,
    a_ballot,
    a_candidature,
    a_ratification,
    a_recommendation,
    a_round,
    clear,
    file,
    marks,
)


def test_a_round_tells_its_opening() -> None:
    assert a_round().opening == CommuneRoundOpened(round_id=ROUND, call_id=CALL, edition=2, opened_at=CLOSED_AT)


def test_a_review_is_submitted_without_telling_its_scores() -> None:
    review, event = a_round().review(clear(), marks(5, 4, 3, None, 2), previous=None, at=REVIEWED_AT)

    assert review == Review(ROUND, file(1), MEMBER, 1, marks(5, 4, 3, None, 2), REVIEWED_AT)
    assert event == ReviewSubmitted(round_id=ROUND, candidature_id=file(1), member_id=MEMBER, submitted_at=REVIEWED_AT)


def test_a_second_review_is_a_new_version() -> None:
    first, _ = a_round().review(clear(), marks(5, 4, 3, 3, 2), previous=None, at=REVIEWED_AT)
    second, _ = a_round().review(clear(), marks(1, 1, 1, 1, 1), previous=first, at=UNSEALED_AT)

    assert second.number == 2


@pytest.mark.parametrize(("score", "code"), [(-1, "off_scale"), (6, "off_scale")])
def test_a_score_stays_on_the_scale(score: int, code: str) -> None:
    with pytest.raises(InvalidReview) as refused:
        a_round().review(clear(), marks(score, 4, 3, 3, 2), previous=None, at=REVIEWED_AT)

    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/scores/challenge", code)]


def test_a_review_forgets_no_criterion_and_adds_none() -> None:
    given = marks(5, 4, 3, 3, 2)
    given["charm"] = given.pop("teams")

    with pytest.raises(InvalidReview) as refused:
        a_round().review(clear(), given, previous=None, at=REVIEWED_AT)

    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/scores/teams", "missing"),
        ("/scores/charm", "unknown_criterion"),
    ]


def test_a_member_in_conflict_does_not_review() -> None:
    round_ = a_round().seat(Member(MEMBER, "93001"))
    interests = round_.interests(MEMBER, a_candidature(commune="93001"), None)

    with pytest.raises(ConflictOfInterest):
        round_.review(interests, marks(5, 4, 3, 3, 2), previous=None, at=REVIEWED_AT)


def test_nothing_changes_the_scores_once_unsealed() -> None:
    with pytest.raises(ReviewsClosed):
        a_round(Status.UNSEALED).review(clear(), marks(5, 4, 3, 3, 2), previous=None, at=UNSEALED_AT)


def test_nobody_is_seated_once_unsealed() -> None:
    with pytest.raises(ReviewsClosed):
        a_round(Status.UNSEALED).seat(Member(OTHER, "paris-and-co"))


def test_the_programme_unseals_when_all_reviews_are_in() -> None:
    unsealed, event = a_round().unseal(by=None, missing=0, reason=None, at=UNSEALED_AT)

    assert unsealed.status is Status.UNSEALED
    assert event == ScoresUnsealed(round_id=ROUND, unsealed_at=UNSEALED_AT, by_chair=False, edition=2)


def test_the_chair_unseals_with_a_reason_while_reviews_are_missing() -> None:
    unsealed, event = a_round().unseal(by=CHAIR, missing=2, reason="Un membre est absent.", at=UNSEALED_AT)

    assert unsealed.unsealing_reason == "Un membre est absent."
    assert event == ScoresUnsealed(round_id=ROUND, unsealed_at=UNSEALED_AT, by_chair=True, edition=2)


def test_the_chair_gives_a_reason_while_reviews_are_missing() -> None:
    with pytest.raises(ReviewsMissing):
        a_round().unseal(by=CHAIR, missing=1, reason=None, at=UNSEALED_AT)


def test_the_programme_does_not_unseal_while_reviews_are_missing() -> None:
    with pytest.raises(ReviewsMissing):
        a_round().unseal(by=None, missing=1, reason="Un membre est absent.", at=UNSEALED_AT)


def test_a_member_does_not_unseal() -> None:
    with pytest.raises(NotTheChair):
        a_round().unseal(by=MEMBER, missing=0, reason=None, at=UNSEALED_AT)


def test_an_empty_panel_unseals_nothing() -> None:
    with pytest.raises(EmptyPanel):
        a_round(panel=NOBODY).unseal(by=None, missing=0, reason=None, at=UNSEALED_AT)


def test_scores_are_sealed_under_review() -> None:
    with pytest.raises(ScoresSealed):
        a_round().require_unsealed()


def test_a_recommendation_names_nobody_in_its_event() -> None:
    recommended, event = a_round(Status.UNSEALED).recommend(a_recommendation(), by=CHAIR)

    assert recommended.status is Status.RECOMMENDED
    assert event == RecommendationAdopted(
        round_id=ROUND, recommended=1, quota=4, over_quota_reason=None, adopted_at=RECOMMENDED_AT, edition=2
    )


def test_passing_the_quota_takes_a_written_reason() -> None:
    recommendation = a_recommendation(a_ballot([1, 2, 3, 4, 5, 6], [], [7, 8]))

    with pytest.raises(OverQuota):
        a_round(Status.UNSEALED).recommend(recommendation, by=CHAIR)


def test_the_quota_is_passed_with_a_written_reason() -> None:
    recommendation = a_recommendation(a_ballot([1, 2, 3, 4, 5, 6], [], [7, 8]), over_quota_reason="Qualité.")
    _, event = a_round(Status.UNSEALED).recommend(recommendation, by=CHAIR)

    assert (event.recommended, event.quota, event.over_quota_reason) == (6, 4, "Qualité.")


def test_a_call_without_quota_needs_no_reason() -> None:
    recommendation = a_recommendation(a_ballot([1, 2, 3, 4, 5, 6]))
    recommended, _ = a_round(Status.UNSEALED, quota=None).recommend(recommendation, by=None)

    assert recommended.status is Status.RECOMMENDED


def test_a_recommendation_needs_the_quorum() -> None:
    with pytest.raises(QuorumNotReached):
        a_round(Status.UNSEALED).recommend(a_recommendation(present=(CHAIR,)), by=CHAIR)


def test_a_member_does_not_bring_the_recommendation() -> None:
    with pytest.raises(NotTheChair):
        a_round(Status.UNSEALED).recommend(a_recommendation(), by=MEMBER)


def test_the_bureau_ratifies() -> None:
    ratified, event = a_round(Status.RECOMMENDED, recommendation=a_recommendation()).ratify(a_ratification())

    assert ratified.status is Status.RATIFIED
    assert event == RecommendationRatified(
        round_id=ROUND,
        deliberation_number="BM2024/02/06/10",
        deliberation_date=DELIBERATED_ON,
        body="Bureau métropolitain",
        announce_at=ANNOUNCED_AT,
        edition=2,
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"deliberation_date": RECOMMENDED_AT.date().replace(day=29)}, "too_early"),
        ({"deliberation_date": DELIBERATED_ON.replace(day=7)}, "in_the_future"),
        ({"announce_at": RATIFIED_AT.replace(hour=14)}, "in_the_past"),
    ],
)
def test_dates_follow_one_another(changes: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidRatification) as refused:
        a_round(Status.RECOMMENDED, recommendation=a_recommendation()).ratify(a_ratification(**changes))

    assert [error.code for error in refused.value.errors] == [code]


@pytest.mark.parametrize("status", [s for s in Status if Status.UNSEALED not in TRANSITIONS[s]])
def test_a_round_is_unsealed_once(status: Status) -> None:
    with pytest.raises(InvalidState):
        a_round(status).unseal(by=CHAIR, missing=0, reason=None, at=UNSEALED_AT)


@pytest.mark.parametrize("status", [s for s in Status if Status.RECOMMENDED not in TRANSITIONS[s]])
def test_a_round_is_recommended_once_and_after_the_unsealing(status: Status) -> None:
    with pytest.raises(InvalidState):
        a_round(status).recommend(a_recommendation(), by=CHAIR)


@pytest.mark.parametrize("status", [s for s in Status if Status.RATIFIED not in TRANSITIONS[s]])
def test_a_round_is_ratified_once_and_after_the_recommendation(status: Status) -> None:
    with pytest.raises(InvalidState):
        a_round(status, recommendation=a_recommendation()).ratify(a_ratification())


@pytest.mark.parametrize(("status", "admits"), [(s, s in (Status.REVIEWING, Status.UNSEALED)) for s in Status])
def test_candidatures_enter_until_the_recommendation(status: Status, admits: bool) -> None:
    assert a_round(status).admits is admits
