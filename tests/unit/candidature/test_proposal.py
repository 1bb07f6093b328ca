"""The proposal of an innovator: who may hold it, what it must say, and its moves."""

from datetime import timedelta

import pytest

from services.candidature.domain.errors import (
    IncompleteProposal,
    InvalidSiret,
    ReasonsRequired,
    RoundClosed,
    WrongKindOfCall,
)
from services.candidature.domain.pitch import Holder, Pitch
from services.candidature.domain.proposal import TRANSITIONS, Origin, Proposal, ProposalStatus, holder_of
from shared.events.candidature import ProposalAdmitted, ProposalFoundInadmissible, ProposalSubmitted
from shared.events.types import LegalForm
from shared.kit.identity import new_id
from shared.kit.refusals import Forbidden, Invalid, InvalidState
from tests.builders.candidature import (
    AFTER,
    CLOSES_AT,
    DURING,
    a_call,
    a_holder,
    a_pitch,
    a_project_call,
    a_proposal,
)

CALL = a_project_call()
MOVES = {
    ProposalStatus.SUBMITTED: lambda it: it.submit(CALL, at=DURING),
    ProposalStatus.ADMITTED: lambda it: it.admit(at=AFTER),
    ProposalStatus.INADMISSIBLE: lambda it: it.refuse(("Hors sujet.",), at=AFTER),
    ProposalStatus.SELECTED: lambda it: it.select("93001"),
    ProposalStatus.NOT_SELECTED: lambda it: it.set_aside(),
}


@pytest.mark.parametrize("start", ProposalStatus)
@pytest.mark.parametrize("target", MOVES)
def test_a_proposal_makes_no_move_that_the_table_does_not_allow(start: ProposalStatus, target: ProposalStatus) -> None:
    proposal = a_proposal(start)

    if target in TRANSITIONS[start]:
        MOVES[target](proposal)
        return
    with pytest.raises(InvalidState) as refusal:
        MOVES[target](proposal)
    assert refusal.value.allowed == tuple(sorted(TRANSITIONS[start]))


def test_submitting_tells_what_partners_may_know() -> None:
    proposal = a_proposal()

    submitted, event = proposal.submit(CALL, at=DURING)

    assert submitted.submitted_at == DURING
    assert event == ProposalSubmitted(
        proposal_id=proposal.id,
        call_id=proposal.call_id,
        edition=2,
        wave=1,
        holder_id="siret:12345678200002",
        title="Ombrières démontables",
        legal_form=LegalForm.STARTUP,
        country="FR",
        themes=("îlots de chaleur",),
        ranked_communes=("91027", "93001"),
        submitted_at=DURING,
    )


def test_admitting_tells_when_it_was_sent() -> None:
    _, event = a_proposal(ProposalStatus.SUBMITTED).admit(at=AFTER)

    assert isinstance(event, ProposalAdmitted)
    assert (event.submitted_at, event.admitted_at) == (DURING, AFTER)


def test_a_proposal_does_not_answer_the_call_to_communes() -> None:
    with pytest.raises(WrongKindOfCall):
        Proposal.draft(new_id(), a_call(), a_pitch(), organisation="x", origin=Origin.OPEN, at=DURING)


def test_nothing_is_sent_after_the_deadline() -> None:
    with pytest.raises(RoundClosed):
        a_proposal().submit(CALL, at=CLOSES_AT + timedelta(seconds=1))


def test_a_proposal_is_not_turned_away_without_a_reason() -> None:
    with pytest.raises(ReasonsRequired):
        a_proposal(ProposalStatus.SUBMITTED).refuse((), at=AFTER)


def test_turning_a_proposal_away_tells_the_reasons() -> None:
    sent = a_proposal(ProposalStatus.SUBMITTED)

    refused, event = sent.refuse(("Hors sujet.",), at=AFTER)

    assert refused.reasons == ("Hors sujet.",)
    assert event == ProposalFoundInadmissible(
        proposal_id=sent.id,
        call_id=sent.call_id,
        edition=2,
        wave=1,
        holder_id="siret:12345678200002",
        title="Ombrières démontables",
        legal_form=LegalForm.STARTUP,
        country="FR",
        themes=("îlots de chaleur",),
        ranked_communes=("91027", "93001"),
        reasons=("Hors sujet.",),
        found_at=AFTER,
    )


def test_an_innovator_proposes_for_itself() -> None:
    assert holder_of(None, Origin.OPEN, own="siret:1") == holder_of("siret:1", Origin.OPEN, own="siret:1") == "siret:1"


@pytest.mark.parametrize(("named", "own"), [("siret:2", "siret:1"), (None, ""), (None, "pas un identifiant")])
def test_an_innovator_proposes_for_nobody_else(named: str | None, own: str) -> None:
    with pytest.raises(Forbidden):
        holder_of(named, Origin.OPEN, own=own)


def test_only_the_operator_says_that_it_found_a_solution() -> None:
    with pytest.raises(Invalid) as refused:
        holder_of(None, Origin.SOURCED, own="siret:1")

    assert [error.pointer for error in refused.value.errors] == ["/origin"]


def test_the_operator_names_the_innovator_it_has_found() -> None:
    assert holder_of("siret:2", Origin.SOURCED, own=None) == "siret:2"


def test_the_operator_proposes_nothing_in_its_own_name() -> None:
    with pytest.raises(Invalid) as refused:
        holder_of(None, Origin.SOURCED, own=None)

    assert [error.pointer for error in refused.value.errors] == ["/organisation"]


def test_a_selected_proposal_knows_its_commune() -> None:
    assert a_proposal(ProposalStatus.ADMITTED).select("94033").commune == "94033"


@pytest.mark.parametrize(
    ("holder", "pointer"),
    [
        (a_holder(siret=None), "/holder/siret"),
        (a_holder(national_id="HRB 1234"), "/holder/national_id"),
        (a_holder(country="DE", siret=None), "/holder/national_id"),
        (a_holder(country="DE", national_id="HRB 1234"), "/holder/siret"),
    ],
)
def test_a_french_holder_gives_a_siret_and_a_foreign_one_its_own_identifier(holder: Holder, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_pitch(holder=holder).check(CALL)
    assert [error.pointer for error in refusal.value.errors] == [pointer]


@pytest.mark.parametrize("siret", ["12345678200003", "1234567820000", "１２３４５６７８２０００02", "12345678200002\n"])
def test_a_siret_has_fourteen_digits_and_the_right_key(siret: str) -> None:
    with pytest.raises(InvalidSiret):
        a_pitch(holder=a_holder(siret=siret)).check(CALL)


def test_a_foreign_designer_is_welcome() -> None:
    holder = Holder("Atelier inventé", LegalForm.DESIGNER, country="BE", national_id="0123.456.789")

    a_pitch(holder=holder).check(CALL)


@pytest.mark.parametrize(("ranked", "code"), [(("92071",), "outside_wave"), (("93001", "93001"), "duplicate")])
def test_the_communes_ranked_are_those_of_the_wave_once_each(ranked: tuple[str, ...], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_pitch(ranked_communes=ranked).check(CALL)
    assert [error.code for error in refusal.value.errors] == [code]


def test_a_draft_may_be_blank_but_is_not_sent_so() -> None:
    blank = Pitch(title="Idée", holder=a_holder())

    with pytest.raises(IncompleteProposal) as refusal:
        a_proposal(pitch=blank).submit(CALL, at=DURING)
    assert [error.pointer for error in refusal.value.errors] == [
        "/solution",
        "/themes",
        "/maturity",
        "/ranked_communes",
    ]


def test_a_draft_can_be_revised_until_the_deadline() -> None:
    pitch = a_pitch(title="Ombrières mobiles")

    assert a_proposal().revise(CALL, pitch, at=DURING).pitch == pitch
