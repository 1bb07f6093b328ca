"""The dossier of a commune: its moves, what each says, and what the table forbids."""

from datetime import timedelta

import pytest

from services.candidature.domain.call import CallStatus
from services.candidature.domain.candidature import TRANSITIONS, Candidature, Status
from services.candidature.domain.dossier import Dossier
from services.candidature.domain.errors import (
    DocumentsNotScanned,
    DossierFull,
    IncompleteDossier,
    NotAdmissible,
    ReasonsRequired,
    RoundClosed,
    RoundStillOpen,
    UnknownCommune,
    UnknownQuestion,
    WrongKindOfCall,
)
from services.candidature.domain.questions import COMMUNE_QUESTIONS, QuestionSet
from shared.events.candidature import (
    CandidatureAdmitted,
    CandidatureConcluded,
    CandidatureFoundInadmissible,
    CandidatureLapsed,
    CandidatureReopened,
    CandidatureStarted,
    CandidatureSubmitted,
    CandidatureWithdrawn,
)
from shared.events.types import Outcome
from shared.kit.identity import new_id
from shared.kit.refusals import InvalidState
from tests.builders.candidature import (
    AFTER,
    CLOSES_AT,
    COMMUNE,
    DURING,
    a_call,
    a_candidature,
    a_project_call,
    a_report,
    a_sector,
    a_support,
    a_verdict,
)

CALL = a_call()
QUESTIONS = QuestionSet(1, COMMUNE_QUESTIONS)
MOVES = {
    Status.SUBMITTED: lambda it: it.submit(CALL, a_report(), at=DURING),
    Status.DRAFT: lambda it: it.reopen(CALL, at=DURING),
    Status.WITHDRAWN: lambda it: it.withdraw(at=DURING),
    Status.LAPSED: lambda it: it.lapse(at=AFTER),
    Status.ADMITTED: lambda it: it.admit(CALL, a_verdict(CALL), at=AFTER),
    Status.INADMISSIBLE: lambda it: it.refuse(CALL, a_verdict(CALL), ("Lettre non signée.",), at=AFTER),
    Status.SELECTED: lambda it: it.conclude(Outcome.SELECTED, (), at=AFTER),
    Status.WAITLISTED: lambda it: it.conclude(Outcome.WAITLISTED, (), at=AFTER),
    Status.NOT_SELECTED: lambda it: it.conclude(Outcome.NOT_SELECTED, (), at=AFTER),
}


@pytest.mark.parametrize("start", Status)
@pytest.mark.parametrize("target", Status)
def test_a_dossier_makes_no_move_that_the_table_does_not_allow(start: Status, target: Status) -> None:
    candidature = a_candidature(start)

    if target in TRANSITIONS[start]:
        moved, _ = MOVES[target](candidature)
        assert moved.status is target
        return
    with pytest.raises(InvalidState) as refusal:
        MOVES[target](candidature)
    assert refusal.value.allowed == tuple(sorted(TRANSITIONS[start]))


def test_a_dossier_starts_as_a_draft_with_the_questions_of_that_day() -> None:
    call = a_call(questions=QuestionSet(3, COMMUNE_QUESTIONS))
    id = new_id()

    started, event = Candidature.start(id, call, commune=COMMUNE, at=DURING)

    assert (started.status, started.questions_version) == (Status.DRAFT, 3)
    assert event == CandidatureStarted(
        candidature_id=id, call_id=call.id, edition=2, commune=COMMUNE, started_at=DURING
    )


def test_a_commune_does_not_answer_a_project_call() -> None:
    with pytest.raises(WrongKindOfCall):
        Candidature.start(new_id(), a_project_call(), commune=COMMUNE, at=DURING)


@pytest.mark.parametrize("commune", ["78646", "75101", "paris-and-co"])
def test_only_a_member_commune_starts_a_dossier(commune: str) -> None:
    with pytest.raises(UnknownCommune):
        Candidature.start(new_id(), a_call(), commune=commune, at=DURING)


def test_no_dossier_starts_after_the_closing() -> None:
    with pytest.raises(RoundClosed):
        Candidature.start(new_id(), a_call(), commune=COMMUNE, at=AFTER)


def test_submitting_sends_the_dossier_to_the_programme() -> None:
    candidature = a_candidature()

    submitted, event = candidature.submit(CALL, a_report(), at=CLOSES_AT)

    assert (submitted.status, submitted.submitted_at) == (Status.SUBMITTED, CLOSES_AT)
    assert event == CandidatureSubmitted(
        candidature_id=candidature.id, call_id=candidature.call_id, edition=2, commune=COMMUNE, submitted_at=CLOSES_AT
    )


def test_nothing_is_submitted_after_the_deadline() -> None:
    with pytest.raises(RoundClosed):
        a_candidature().submit(CALL, a_report(), at=CLOSES_AT + timedelta(seconds=1))


def test_an_incomplete_dossier_is_not_sent_and_says_what_is_missing() -> None:
    with pytest.raises(IncompleteDossier) as refusal:
        a_candidature().submit(CALL, a_report(complete=False), at=DURING)
    assert [error.code for error in refusal.value.errors] == ["supports.one"]


def test_a_dossier_with_an_unscanned_file_is_not_sent() -> None:
    with pytest.raises(DocumentsNotScanned):
        a_candidature().submit(CALL, a_report(complete=False, waiting=True), at=DURING)


def test_reopening_makes_it_a_draft_again() -> None:
    sent = a_candidature(Status.SUBMITTED)

    reopened, event = sent.reopen(CALL, at=DURING)

    assert (reopened.status, reopened.submitted_at) == (Status.DRAFT, None)
    assert event == CandidatureReopened(
        candidature_id=sent.id, call_id=sent.call_id, edition=2, commune=COMMUNE, reopened_at=DURING
    )


def test_nothing_is_reopened_after_the_deadline() -> None:
    with pytest.raises(RoundClosed):
        a_candidature(Status.SUBMITTED).reopen(CALL, at=AFTER)


def test_withdrawing_says_so() -> None:
    sent = a_candidature(Status.ADMITTED)

    _, event = sent.withdraw(at=AFTER)

    assert event == CandidatureWithdrawn(
        candidature_id=sent.id, call_id=sent.call_id, edition=2, commune=COMMUNE, withdrawn_at=AFTER
    )


def test_a_draft_lapses_when_the_call_closes() -> None:
    draft = a_candidature()

    _, event = draft.lapse(at=CLOSES_AT)

    assert event == CandidatureLapsed(
        candidature_id=draft.id, call_id=draft.call_id, edition=2, commune=COMMUNE, lapsed_at=CLOSES_AT
    )


def test_admitting_keeps_the_verdict() -> None:
    sent = a_candidature(Status.SUBMITTED)
    verdict = a_verdict(CALL)

    admitted, event = sent.admit(CALL, verdict, at=AFTER)

    assert admitted.verdict == verdict
    assert event == CandidatureAdmitted(
        candidature_id=sent.id, call_id=sent.call_id, edition=2, commune=COMMUNE, admitted_at=AFTER
    )


def test_a_dossier_is_not_examined_while_the_commune_may_take_it_back() -> None:
    with pytest.raises(RoundStillOpen):
        a_candidature(Status.SUBMITTED).admit(CALL, a_verdict(CALL), at=CLOSES_AT)


def test_a_dossier_against_which_the_verdict_speaks_is_not_admitted() -> None:
    with pytest.raises(NotAdmissible) as refusal:
        a_candidature(Status.SUBMITTED).admit(CALL, a_verdict(CALL, eligible=False), at=AFTER)
    assert [error.code for error in refusal.value.errors] == ["not_a_member"]


def test_nobody_is_turned_away_without_a_reason() -> None:
    with pytest.raises(ReasonsRequired):
        a_candidature(Status.SUBMITTED).refuse(CALL, a_verdict(CALL), (), at=AFTER)


def test_turning_away_tells_the_reasons() -> None:
    sent = a_candidature(Status.SUBMITTED)

    refused, event = sent.refuse(CALL, a_verdict(CALL), ("La lettre n'est pas signée.",), at=AFTER)

    assert refused.reasons == ("La lettre n'est pas signée.",)
    assert event == CandidatureFoundInadmissible(
        candidature_id=sent.id,
        call_id=sent.call_id,
        edition=2,
        commune=COMMUNE,
        reasons=("La lettre n'est pas signée.",),
        found_at=AFTER,
    )


def test_concluding_tells_the_outcome() -> None:
    admitted = a_candidature(Status.ADMITTED)

    concluded, event = admitted.conclude(Outcome.WAITLISTED, ("Beau dossier.",), at=AFTER)

    assert (concluded.status, concluded.reasons) == (Status.WAITLISTED, ("Beau dossier.",))
    assert event == CandidatureConcluded(
        candidature_id=admitted.id,
        call_id=admitted.call_id,
        edition=2,
        commune=COMMUNE,
        outcome=Outcome.WAITLISTED,
        concluded_at=AFTER,
    )


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.DRAFT])
def test_only_a_draft_can_be_edited(status: Status) -> None:
    with pytest.raises(InvalidState):
        a_candidature(status).edit(Dossier())


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.DRAFT])
def test_only_a_draft_can_be_shared(status: Status) -> None:
    with pytest.raises(InvalidState):
        a_candidature(status).share(True)


def test_answers_are_merged_and_a_blank_one_is_cleared() -> None:
    dossier = Dossier(answers={"challenge": "Ancien", "themes": "Eau", "resources": "Agents"})

    answered = dossier.answer({"challenge": " Nouveau ", "themes": None, "resources": "  "}, QUESTIONS)

    assert answered.answers == {"challenge": "Nouveau"}


def test_an_answer_to_a_question_not_asked_is_refused() -> None:
    with pytest.raises(UnknownQuestion) as refusal:
        Dossier().answer({"score": "5"}, QUESTIONS)
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/answers/score", "unknown_question")]


def test_an_answer_that_is_too_long_is_refused() -> None:
    with pytest.raises(UnknownQuestion) as refusal:
        Dossier().answer({"themes": "x" * 1_001}, QUESTIONS)
    assert [error.code for error in refusal.value.errors] == ["too_long"]


def test_a_sector_described_anew_replaces_the_old_description() -> None:
    first, other = a_sector(), a_sector()
    dossier = Dossier(sectors=(first, other))
    anew = a_sector(id=first.id, description="Mieux.")

    assert dossier.with_sector(anew).sectors == (anew, other)


def test_a_sector_and_a_support_can_be_given_up() -> None:
    sector, support = a_sector(), a_support(new_id())
    dossier = Dossier(sectors=(sector,), supports=(support,))

    assert dossier.without_sector(sector.id).without_support(support.id) == Dossier()


def test_a_decided_call_still_lets_nobody_in() -> None:
    with pytest.raises(RoundClosed):
        Candidature.start(new_id(), a_call(CallStatus.DECIDED), commune=COMMUNE, at=DURING)


def test_a_dossier_holds_so_many_sectors_and_supports_and_no_more() -> None:
    full = Dossier(sectors=tuple(a_sector() for _ in range(20)), supports=tuple(a_support(new_id()) for _ in range(50)))

    with pytest.raises(DossierFull):
        full.with_sector(a_sector())
    with pytest.raises(DossierFull):
        full.with_support(a_support(new_id()))
    assert full.with_sector(full.sectors[3]) == full
