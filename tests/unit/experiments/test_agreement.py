"""An agreement goes from draft to force by the signatures of all its parties, and ends with its month."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from services.experiments.domain.agreement import TRANSITIONS, Agreement, FixedText, Status, agreement_id_of
from services.experiments.domain.errors import AgreementOver, AlreadySigned, InvalidField
from services.experiments.domain.month import Month
from services.experiments.domain.signature import Delegation
from services.experiments.domain.terms import METROPOLE as METROPOLE_PARTY
from services.experiments.domain.terms import PARIS_AND_CO, EditionTerms
from shared.events.experiments import (
    AgreementAbandoned,
    AgreementDrafted,
    AgreementEnteredIntoForce,
    AgreementExpired,
    AgreementOverdue,
    AgreementSent,
    AgreementSigned,
)
from shared.kit.refusals import InvalidState
from tests.builders.experiments import (
    ANNOUNCED_AT,
    COMMUNE,
    METROPOLE,
    SENT_AT,
    SIGNED_AT,
    a_draft,
    a_signature,
    an_agreement,
    an_award,
)

DIGEST_OF_THE_TEXT = "bbc344fb4bbbb8b43e062ac01771888a51173a8d0caf7b929e9ccd4bc082fb51"
AFTER_THE_END = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
MOVES = {
    Status.SENT: lambda agreement: agreement.send("Le texte.", at=SENT_AT),
    Status.PARTLY_SIGNED: lambda agreement: agreement.sign(a_signature()),
    Status.EXPIRED: lambda agreement: agreement.expire(at=AFTER_THE_END),
    Status.ABANDONED: lambda agreement: agreement.abandon("Renoncement.", at=SENT_AT),
}


def test_an_agreement_is_drafted_for_the_laureate_of_a_decision() -> None:
    award = an_award()

    agreement, event = Agreement.draft(
        edition=2,
        commune=COMMUNE,
        commune_name="Aubervilliers",
        award=award,
        terms=EditionTerms(2).for_award(date(2024, 2, 6)),
        at=ANNOUNCED_AT,
    )

    assert agreement.status is Status.DRAFT
    assert event == AgreementDrafted(
        agreement_id=agreement_id_of(2, COMMUNE),
        edition=2,
        commune=COMMUNE,
        candidature_id=award.candidature_id,
        due_on=date(2024, 3, 6),
        drafted_at=ANNOUNCED_AT,
    )


def test_its_parties_are_the_institutions_of_the_edition_and_the_commune() -> None:
    terms = replace(a_draft().terms, institutions=(METROPOLE_PARTY, PARIS_AND_CO))

    parties = a_draft().revise(terms).parties

    assert [party.name for party in parties] == [
        "La Métropole du Grand Paris",
        "Paris&Co",
        "La commune d’Aubervilliers",
    ]


@pytest.mark.parametrize(
    ("announced_at", "due_on"),
    [
        (datetime(2024, 2, 6, 17, 0, tzinfo=UTC), date(2024, 3, 6)),
        (datetime(2024, 1, 31, 12, 0, tzinfo=UTC), date(2024, 2, 29)),
        (datetime(2023, 1, 31, 12, 0, tzinfo=UTC), date(2023, 2, 28)),
        (datetime(2024, 1, 31, 23, 30, tzinfo=UTC), date(2024, 3, 1)),  # already 1 February in Paris
    ],
)
def test_it_is_due_within_one_calendar_month_of_the_notification_in_paris(announced_at: datetime, due_on: date) -> None:
    assert a_draft(an_award(announced_at=announced_at)).due_on == due_on


def test_the_due_date_closes_at_the_end_of_its_day_in_paris() -> None:
    assert a_draft().due_at == datetime(2024, 3, 6, 22, 59, 59, tzinfo=UTC)


def test_without_a_decided_month_it_ends_two_years_after_the_announcement() -> None:
    assert a_draft().terms.ends_in == Month(2026, 2)


def test_sending_fixes_the_text_by_its_hash() -> None:
    agreement, event = a_draft().send("Le texte.", at=SENT_AT)

    assert agreement.text == FixedText("Le texte.", DIGEST_OF_THE_TEXT)
    assert event == AgreementSent(
        agreement_id=agreement.id,
        edition=2,
        commune=COMMUNE,
        due_on=date(2024, 3, 6),
        digest=DIGEST_OF_THE_TEXT,
        sent_at=SENT_AT,
    )


def test_the_first_signature_leaves_it_partly_signed() -> None:
    agreement, events = an_agreement(Status.SENT).sign(a_signature())

    assert agreement.status is Status.PARTLY_SIGNED
    assert events == (
        AgreementSigned(
            agreement_id=agreement.id, edition=2, commune=COMMUNE, party=COMMUNE, signed_on=date(2024, 2, 27)
        ),
    )


def test_the_last_signature_brings_it_into_force_on_its_latest_date() -> None:
    earlier = a_signature(COMMUNE, signed_on=date(2024, 2, 22))

    agreement, events = an_agreement(Status.PARTLY_SIGNED).sign(earlier)

    assert agreement.status is Status.IN_FORCE
    assert events == (
        AgreementSigned(
            agreement_id=agreement.id, edition=2, commune=COMMUNE, party=COMMUNE, signed_on=date(2024, 2, 22)
        ),
        AgreementEnteredIntoForce(
            agreement_id=agreement.id, edition=2, commune=COMMUNE, in_force_from=date(2024, 2, 27)
        ),
    )


def test_three_parties_need_three_signatures() -> None:
    terms = replace(a_draft().terms, institutions=(METROPOLE_PARTY, PARIS_AND_CO))
    agreement, _ = a_draft().revise(terms).send("Le texte.", at=SENT_AT)

    for party in (METROPOLE, COMMUNE):
        agreement, _ = agreement.sign(a_signature(party))

    assert agreement.status is Status.PARTLY_SIGNED
    assert agreement.sign(a_signature("paris-and-co"))[0].status is Status.IN_FORCE


@pytest.mark.parametrize("status", [Status.PARTLY_SIGNED, Status.IN_FORCE])
def test_a_party_signs_once(status: Status) -> None:
    with pytest.raises(AlreadySigned):
        an_agreement(status).sign(a_signature(METROPOLE))


def test_a_stranger_does_not_sign() -> None:
    with pytest.raises(InvalidField) as refusal:
        an_agreement(Status.SENT).sign(a_signature("94033"))

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/party", "unknown-party")]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"signed_on": date(2024, 2, 19)}, "/signed_on", "before-sending"),
        ({"signed_on": date(2024, 2, 28)}, "/signed_on", "in-the-future"),
        (
            {"authority": Delegation("le Maire", "ARR-1", date(2024, 2, 28))},
            "/authority/delegation_date",
            "after-signature",
        ),
    ],
)
def test_the_dates_of_a_signature_hold_together(changes: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        an_agreement(Status.SENT).sign(a_signature(**changes))

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [(pointer, code)]


def test_a_delegation_is_an_authority() -> None:
    signature = a_signature(authority=Delegation("le Maire", "ARR-1", date(2024, 1, 10)))

    assert an_agreement(Status.PARTLY_SIGNED).sign(signature)[0].status is Status.IN_FORCE


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SENT, Status.PARTLY_SIGNED])
def test_a_lapse_is_recorded_and_does_not_change_where_it_stands(status: Status) -> None:
    agreement, event = an_agreement(status).lapse()

    assert (agreement.overdue, agreement.status) == (True, status)
    assert event == AgreementOverdue(agreement_id=agreement.id, edition=2, commune=COMMUNE, due_on=date(2024, 3, 6))


def test_an_overdue_agreement_may_still_be_signed() -> None:
    overdue, _ = an_agreement(Status.PARTLY_SIGNED).lapse()

    signed, _ = overdue.sign(a_signature(at=datetime(2024, 4, 2, 9, 0, tzinfo=UTC)))

    assert signed.status is Status.IN_FORCE


@pytest.mark.parametrize("status", [Status.IN_FORCE, Status.EXPIRED, Status.ABANDONED])
def test_nothing_is_overdue_once_it_is_settled(status: Status) -> None:
    with pytest.raises(InvalidState):
        an_agreement(status).lapse()


def test_it_expires_with_its_month() -> None:
    agreement, event = an_agreement().expire(at=datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC))

    assert agreement.status is Status.EXPIRED
    assert event == AgreementExpired(
        agreement_id=agreement.id, edition=2, commune=COMMUNE, expired_on=date(2026, 2, 28)
    )


def test_it_does_not_expire_before_the_end_of_its_month() -> None:
    with pytest.raises(InvalidState):
        an_agreement().expire(at=datetime(2026, 2, 28, 22, 59, 58, tzinfo=UTC))


def test_it_cannot_be_concluded_after_its_month() -> None:
    with pytest.raises(AgreementOver):
        an_agreement(Status.PARTLY_SIGNED).sign(a_signature(at=AFTER_THE_END))


def test_abandoning_it_says_why() -> None:
    agreement, event = an_agreement(Status.SENT).abandon("La commune renonce.", at=SIGNED_AT)

    assert agreement.status is Status.ABANDONED
    assert event == AgreementAbandoned(
        agreement_id=agreement.id,
        edition=2,
        commune=COMMUNE,
        reason="La commune renonce.",
        abandoned_at=SIGNED_AT,
    )


def test_its_terms_change_only_as_long_as_nobody_has_received_it() -> None:
    with pytest.raises(InvalidState):
        an_agreement(Status.SENT).revise(a_draft().terms)


@pytest.mark.parametrize(
    ("status", "target"), [(s, t) for s, t in product(Status, MOVES) if t not in TRANSITIONS[s]], ids=str
)
def test_any_other_transition_is_refused(status: Status, target: Status) -> None:
    agreement = an_agreement(status)

    with pytest.raises((InvalidState, AlreadySigned)):
        MOVES[target](agreement)


def test_an_institution_is_party_once() -> None:
    with pytest.raises(InvalidField) as refusal:
        EditionTerms(2, institutions=(METROPOLE_PARTY, METROPOLE_PARTY)).check()

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/institutions/1/organisation", "duplicate")]


@pytest.mark.parametrize("text", ["2026-13", "2026-2", "26-02", "٢٠٢٦-02", "2026-02-01"])
def test_a_month_is_written_one_way(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        Month.parse(text)


def test_a_month_is_read_in_french() -> None:
    assert Month.parse("2026-02").in_french == "février 2026"
