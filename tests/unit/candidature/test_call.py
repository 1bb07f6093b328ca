"""A call goes from draft to decided, one step at a time, and its window is judged by the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.candidature.domain.call import TRANSITIONS, Call, CallStatus
from services.candidature.domain.document import DocumentKind
from services.candidature.domain.errors import CallNotOpen, InvalidCall, RoundClosed, UnknownCommune, WrongKindOfCall
from services.candidature.domain.questions import Question, Section
from services.candidature.domain.terms import COMMUNE_CRITERIA
from shared.events.candidature import CallClosed, CallOpened, CallPublished, Challenge
from shared.events.types import CallKind
from shared.kit.clock import end_of_day_paris
from shared.kit.refusals import InvalidState
from tests.builders.candidature import (
    CLOSES_AT,
    DURING,
    OPENS_AT,
    a_call,
    a_project_call,
    some_project_terms,
    some_terms,
)

BEFORE = datetime(2023, 10, 1, tzinfo=UTC)
MOVES = {
    CallStatus.PUBLISHED: lambda call: call.publish(at=BEFORE),
    CallStatus.OPEN: lambda call: call.open(),
    CallStatus.CLOSED: lambda call: call.close(submitted=0),
    CallStatus.DECIDED: lambda call: call.decide(),
}


def test_publishing_announces_the_terms_of_the_call() -> None:
    call = a_call(CallStatus.DRAFT)

    published, event = call.publish(at=BEFORE)

    assert published.status is CallStatus.PUBLISHED
    assert event == CallPublished(
        call_id=call.id,
        edition=2,
        kind=CallKind.EXPRESSION_OF_INTEREST,
        wave=None,
        title="Appel à manifestation d'intérêt, édition 2",
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        quota=4,
        criteria=COMMUNE_CRITERIA,
        scale_max=5,
        projects_min=None,
        projects_max=None,
        communes=(),
        challenges=(),
    )


def test_a_call_opens_at_the_instant_it_announced() -> None:
    call = a_call(CallStatus.PUBLISHED)

    opened, event = call.open()

    assert opened.status is CallStatus.OPEN
    assert event == CallOpened(
        call_id=call.id, edition=2, kind=call.terms.kind, wave=None, opened_at=OPENS_AT, closes_at=CLOSES_AT
    )


def test_a_call_closes_with_the_number_of_dossiers_received() -> None:
    call = a_project_call(CallStatus.OPEN)

    closed, event = call.close(submitted=8)

    assert closed.status is CallStatus.CLOSED
    assert event == CallClosed(
        call_id=call.id,
        edition=2,
        kind=CallKind.PROJECT,
        wave=1,
        closed_at=CLOSES_AT,
        submitted=8,
        quota=4,
        criteria=COMMUNE_CRITERIA,
        scale_max=5,
        projects_min=6,
        projects_max=8,
        communes=("93001", "91027", "94033"),
    )


@pytest.mark.parametrize("start", CallStatus)
@pytest.mark.parametrize("target", MOVES)
def test_a_call_makes_no_move_that_the_table_does_not_allow(start: CallStatus, target: CallStatus) -> None:
    call = a_call(start)

    if target in TRANSITIONS[start]:
        MOVES[target](call)
        return
    with pytest.raises(InvalidState) as refusal:
        MOVES[target](call)
    assert refusal.value.allowed == tuple(sorted(TRANSITIONS[start]))


def test_a_call_whose_window_is_over_cannot_be_published() -> None:
    with pytest.raises(RoundClosed):
        a_call(CallStatus.DRAFT).publish(at=CLOSES_AT + timedelta(seconds=1))


@pytest.mark.parametrize("status", [each for each in CallStatus if each is not CallStatus.DRAFT])
def test_only_a_draft_can_be_revised(status: CallStatus) -> None:
    with pytest.raises(InvalidState):
        a_call(status).revise(some_terms(quota=6))


def test_the_last_second_of_the_closing_day_is_still_in_time() -> None:
    call = a_call(terms=some_terms(closes_at=end_of_day_paris(date(2024, 1, 12))))

    call.require_window(datetime(2024, 1, 12, 22, 59, 59, 999_999, tzinfo=UTC))


def test_the_first_instant_after_the_closing_day_is_too_late() -> None:
    call = a_call(terms=some_terms(closes_at=end_of_day_paris(date(2024, 1, 12))))

    with pytest.raises(RoundClosed, match="12 janvier 2024 à 23 h 59"):
        call.require_window(datetime(2024, 1, 12, 23, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "last_instant"),
    [
        (date(2024, 3, 31), datetime(2024, 3, 31, 21, 59, 59, tzinfo=UTC)),
        (date(2024, 10, 27), datetime(2024, 10, 27, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_closing_day_on_which_the_hour_changes_ends_at_midnight_in_paris(day: date, last_instant: datetime) -> None:
    call = a_call(terms=some_terms(closes_at=end_of_day_paris(day)))

    call.require_window(last_instant)

    with pytest.raises(RoundClosed):
        call.require_window(last_instant + timedelta(seconds=1))


def test_nothing_is_accepted_before_the_opening() -> None:
    with pytest.raises(CallNotOpen, match="23 octobre 2023 à 0 h 00"):
        a_call(CallStatus.PUBLISHED).require_window(OPENS_AT - timedelta(seconds=1))


def test_a_late_bell_does_not_delay_the_opening() -> None:
    a_call(CallStatus.PUBLISHED).require_window(OPENS_AT)


def test_a_draft_call_accepts_nothing() -> None:
    with pytest.raises(CallNotOpen):
        a_call(CallStatus.DRAFT).require_window(DURING)


def test_a_closed_call_accepts_nothing_whatever_the_clock_says() -> None:
    with pytest.raises(RoundClosed):
        a_call(CallStatus.CLOSED).require_window(DURING)


def test_a_project_call_is_not_for_communes() -> None:
    with pytest.raises(WrongKindOfCall):
        a_project_call().require_kind(CallKind.EXPRESSION_OF_INTEREST)


def test_new_questions_make_a_new_version_of_the_form() -> None:
    call = a_call()
    question = Question("site", Section.YOUR_PROJECT, "Où ?")

    asked = call.ask(call.questions.followed_by([question]))

    assert (asked.questions.version, asked.questions.questions) == (2, (question,))


def test_a_closed_call_asks_nothing_more() -> None:
    call = a_call(CallStatus.CLOSED)

    with pytest.raises(RoundClosed):
        call.ask(call.questions.followed_by([]))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"closes_at": OPENS_AT}, "/closes_at"),
        ({"notify_on": date(2024, 1, 1)}, "/notify_on"),
        ({"criteria": ()}, "/criteria"),
        ({"criteria": (COMMUNE_CRITERIA[0], COMMUNE_CRITERIA[0])}, "/criteria"),
        ({"projects_min": 6}, "/projects_max"),
        ({"projects_min": 8, "projects_max": 6}, "/projects_max"),
        ({"wave": 1}, "/wave"),
    ],
)
def test_terms_that_contradict_each_other_are_refused(changes: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidCall) as refusal:
        some_terms(**changes).check()
    assert [error.pointer for error in refusal.value.errors] == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"wave": None}, "/wave"),
        ({"communes": (), "challenges": ()}, "/communes"),
        ({"communes": ("93001", "93001"), "challenges": ()}, "/communes"),
        ({"challenges": (Challenge(commune="92071", title="Défi"),)}, "/challenges/0/commune"),
    ],
)
def test_a_project_call_belongs_to_a_wave_and_its_communes(changes: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidCall) as refusal:
        some_project_terms(**changes).check()
    assert [error.pointer for error in refusal.value.errors] == [pointer]


def test_a_commune_call_requires_the_letter_the_sheet_and_a_support() -> None:
    assert set(some_terms().required_documents) == set(DocumentKind) - {DocumentKind.OTHER}


def test_a_draft_is_checked_before_it_is_kept() -> None:
    with pytest.raises(InvalidCall):
        Call.draft(a_call().id, some_terms(criteria=()), a_call().questions)


def test_the_communes_of_a_wave_are_members_on_the_closing_day() -> None:
    terms = some_project_terms(closes_at=datetime(2025, 1, 15, tzinfo=UTC), communes=("93001", "93059"), challenges=())

    with pytest.raises(UnknownCommune, match="Saint-Denis, de code 93066") as refusal:
        terms.check()
    assert [error.pointer for error in refusal.value.errors] == ["/communes/1"]


def test_a_commune_that_merges_later_is_still_a_member_on_the_closing_day() -> None:
    some_project_terms(communes=("93059",), challenges=()).check()
