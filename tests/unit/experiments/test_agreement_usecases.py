"""What happens to agreements: drafted once per award, signed by those who may, watched by two clocks."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.experiments.domain.agreement import DUE, EXPIRE, Status, agreement_id_of
from services.experiments.domain.errors import AgreementConflict, AgreementNotFound, InvalidField, NotASignatory
from services.experiments.domain.lifecycle import Status as ExperimentStatus
from services.experiments.domain.month import Month
from services.experiments.domain.terms import METROPOLE as METROPOLE_PARTY
from services.experiments.domain.terms import PARIS_AND_CO, EditionTerms
from services.experiments.usecases.abandon_agreement import AbandonAgreement, abandon_agreement
from services.experiments.usecases.decide_terms import DecideTerms, decide_terms
from services.experiments.usecases.draft_agreement import DraftAgreement, draft_agreement
from services.experiments.usecases.expire_agreement import ExpireAgreement, expire_agreement
from services.experiments.usecases.record_lapse import RecordLapse, record_lapse
from services.experiments.usecases.send_agreement import SendAgreement, send_agreement
from services.experiments.usecases.sign_agreement import SignAgreement, sign_agreement
from shared.events.experiments import (
    AgreementAbandoned,
    AgreementDrafted,
    AgreementEnteredIntoForce,
    AgreementExpired,
    AgreementOverdue,
    AgreementSent,
    AgreementSigned,
    ExperimentReadinessLost,
    ExperimentReady,
)
from shared.kit.access import Scope
from shared.kit.refusals import Stale
from tests.builders.experiments import (
    ANNOUNCED_AT,
    COMMUNE,
    METROPOLE,
    SENT_AT,
    a_preparation,
    a_signature,
    an_agreement,
    an_award,
    an_experiment,
)
from tests.fakes.experiments import FakeWork, Store

ALL = Scope.everything()
OWN = Scope.only(COMMUNE)
DUE_AT = datetime(2024, 3, 6, 22, 59, 59, tzinfo=UTC)
END = datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC)
ID = agreement_id_of(2, COMMUNE)
AWARD = an_award()
DRAFTING = DraftAgreement(2, COMMUNE, AWARD, at=ANNOUNCED_AT)


async def _have(work: FakeWork, status: Status) -> None:
    await work.agreements.add(an_agreement(status))


async def test_drafting_sets_the_clock_of_the_due_date(store: Store, work: FakeWork) -> None:
    await draft_agreement(DRAFTING, work)

    assert store.agreements[ID].commune_party.name == "La commune d’Aubervilliers"
    assert [type(event) for event in store.events] == [AgreementDrafted]
    assert store.deadlines == {(ID, DUE): DUE_AT}


async def test_an_award_told_twice_drafts_once(store: Store, work: FakeWork) -> None:
    await draft_agreement(DRAFTING, work)
    await draft_agreement(DRAFTING, work)

    assert len(store.events) == 1


async def test_another_award_in_the_same_edition_is_refused(work: FakeWork) -> None:
    await draft_agreement(DRAFTING, work)

    with pytest.raises(AgreementConflict):
        await draft_agreement(replace(DRAFTING, award=an_award()), work)


async def test_a_commune_outside_the_metropole_is_refused(work: FakeWork) -> None:
    with pytest.raises(InvalidField):
        await draft_agreement(replace(DRAFTING, commune="29019"), work)


async def test_a_draft_takes_the_terms_of_its_edition(store: Store, work: FakeWork) -> None:
    terms = EditionTerms(2, (METROPOLE_PARTY, PARIS_AND_CO), Month(2024, 6))
    await decide_terms(DecideTerms(terms, expected=0), work)

    await draft_agreement(DRAFTING, work)

    assert store.agreements[ID].terms == terms.for_award(ANNOUNCED_AT.date())


async def test_drafts_follow_the_terms_of_their_edition_and_sent_texts_do_not(store: Store, work: FakeWork) -> None:
    await _have(work, Status.DRAFT)
    sent = replace(an_agreement(Status.SENT, commune="94033"))
    await work.agreements.add(sent)

    await decide_terms(DecideTerms(EditionTerms(2, (METROPOLE_PARTY,), Month(2024, 6)), expected=0), work)

    assert store.agreements[ID].terms.ends_in == Month(2024, 6)
    assert store.agreements[sent.id].terms.ends_in == Month(2026, 2)
    assert [action for action, *_ in store.recorded] == ["agreement-terms.decide"]


async def test_terms_read_before_somebody_else_changed_them_are_refused(work: FakeWork) -> None:
    await decide_terms(DecideTerms(EditionTerms(2), expected=0), work)

    with pytest.raises(Stale):
        await decide_terms(DecideTerms(EditionTerms(2), expected=0), work)


async def test_an_unknown_template_is_refused(work: FakeWork) -> None:
    with pytest.raises(InvalidField):
        await decide_terms(DecideTerms(EditionTerms(2, template="autre"), expected=0), work)


async def test_sending_keeps_the_text_it_fixes(store: Store, work: FakeWork) -> None:
    await _have(work, Status.DRAFT)

    version = await send_agreement(SendAgreement(ID, ALL, at=SENT_AT), work)

    text = store.agreements[ID].text
    assert version == 2
    assert text is not None
    assert text.content == "Convention de 93001, édition 2, jusqu'en 2026-02."
    assert [type(event) for event in store.events] == [AgreementSent]


async def test_the_commune_signs_for_itself(store: Store, work: FakeWork) -> None:
    await _have(work, Status.SENT)

    await sign_agreement(SignAgreement(ID, a_signature(COMMUNE), COMMUNE, OWN), work)

    assert [type(event) for event in store.events] == [AgreementSigned]


async def test_nobody_signs_for_the_commune_but_itself(work: FakeWork) -> None:
    await _have(work, Status.SENT)

    with pytest.raises(NotASignatory):
        await sign_agreement(SignAgreement(ID, a_signature(COMMUNE), COMMUNE, ALL), work)


@pytest.mark.parametrize("organisation", ["paris-and-co", None])
async def test_an_institution_is_signed_for_by_its_own_people(work: FakeWork, organisation: str | None) -> None:
    await _have(work, Status.SENT)

    with pytest.raises(NotASignatory):
        await sign_agreement(SignAgreement(ID, a_signature(METROPOLE), organisation, ALL), work)


async def test_the_metropole_signs_for_itself(store: Store, work: FakeWork) -> None:
    await _have(work, Status.SENT)

    await sign_agreement(SignAgreement(ID, a_signature(METROPOLE), METROPOLE, ALL), work)

    assert [type(event) for event in store.events] == [AgreementSigned]


async def test_the_commune_signs_for_nobody_else(work: FakeWork) -> None:
    await _have(work, Status.SENT)

    with pytest.raises(NotASignatory):
        await sign_agreement(SignAgreement(ID, a_signature(METROPOLE), METROPOLE, OWN), work)


async def test_the_agreement_of_another_commune_is_not_found(work: FakeWork) -> None:
    await _have(work, Status.SENT)

    with pytest.raises(AgreementNotFound):
        await sign_agreement(SignAgreement(ID, a_signature("94033"), "94033", Scope.only("94033")), work)


async def test_the_last_signature_moves_the_clocks(store: Store, work: FakeWork) -> None:
    await _have(work, Status.PARTLY_SIGNED)
    await work.deadlines.set(ID, DUE, DUE_AT)

    await sign_agreement(SignAgreement(ID, a_signature(COMMUNE), COMMUNE, OWN), work)

    assert [type(event) for event in store.events] == [AgreementSigned, AgreementEnteredIntoForce]
    assert store.deadlines == {(ID, EXPIRE): END}


async def test_the_last_signature_makes_what_waited_for_it_ready(store: Store, work: FakeWork) -> None:
    await _have(work, Status.PARTLY_SIGNED)
    waiting = an_experiment(ExperimentStatus.PROTOCOL_REGISTERED, preparation=a_preparation())
    await work.experiments.add(waiting)

    await sign_agreement(SignAgreement(ID, a_signature(COMMUNE), COMMUNE, OWN), work)

    assert store.experiments[waiting.id].status is ExperimentStatus.READY
    assert isinstance(store.events[-1], ExperimentReady)


async def test_the_due_date_records_the_lapse_once(store: Store, work: FakeWork) -> None:
    await _have(work, Status.SENT)

    await record_lapse(RecordLapse(ID), work)
    await record_lapse(RecordLapse(ID), work)

    assert [type(event) for event in store.events] == [AgreementOverdue]


@pytest.mark.parametrize("status", [Status.IN_FORCE, Status.EXPIRED, Status.ABANDONED])
async def test_the_due_date_passes_unseen_once_it_is_settled(status: Status, store: Store, work: FakeWork) -> None:
    await _have(work, status)

    await record_lapse(RecordLapse(ID), work)

    assert store.events == []


async def test_expiring_ends_it_and_what_was_only_ready(store: Store, work: FakeWork) -> None:
    await _have(work, Status.IN_FORCE)
    ready, running = an_experiment(ExperimentStatus.READY), an_experiment(ExperimentStatus.RUNNING)
    await work.experiments.add(ready)
    await work.experiments.add(running)

    await expire_agreement(ExpireAgreement(ID, at=END), work)

    assert [type(event) for event in store.events] == [AgreementExpired, ExperimentReadinessLost]
    assert store.experiments[ready.id].status is ExperimentStatus.PROTOCOL_REGISTERED
    assert store.experiments[running.id].status is ExperimentStatus.RUNNING


async def test_an_abandoned_agreement_is_awaited_no_more(store: Store, work: FakeWork) -> None:
    await _have(work, Status.SENT)
    await work.deadlines.set(ID, DUE, DUE_AT)

    await abandon_agreement(AbandonAgreement(ID, "La commune renonce.", ALL, at=SENT_AT), work)

    assert [type(event) for event in store.events] == [AgreementAbandoned]
    assert store.deadlines == {}
