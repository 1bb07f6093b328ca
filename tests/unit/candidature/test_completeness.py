"""The completeness report says rule by rule what is missing, in French; the verdict draws on it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.candidature.domain.completeness import completeness
from services.candidature.domain.document import DocumentKind, ScanStatus
from services.candidature.domain.dossier import Dossier, TeamRole
from services.candidature.domain.questions import COMMUNE_QUESTIONS, QuestionSet
from services.candidature.domain.terms import COMMUNE_DOCUMENTS
from services.candidature.domain.verdict import deadline_verdict
from tests.builders.candidature import (
    AFTER,
    CLOSES_AT,
    COMMUNE,
    DURING,
    a_call,
    a_document,
    a_full_dossier,
    a_report,
    a_sector,
    full_documents,
)

QUESTIONS = QuestionSet(1, COMMUNE_QUESTIONS)
DOCUMENTS = full_documents()
FULL = a_full_dossier(DOCUMENTS[2].id)


def _unmet(dossier: Dossier, documents=DOCUMENTS, required=COMMUNE_DOCUMENTS) -> list[str]:  # type: ignore[no-untyped-def]
    report = completeness(dossier, QUESTIONS, required, documents)
    return [check.rule for check in report.checks if not check.met]


def test_a_dossier_in_which_nothing_is_missing_is_complete() -> None:
    assert completeness(FULL, QUESTIONS, COMMUNE_DOCUMENTS, DOCUMENTS).complete


def test_an_empty_dossier_lacks_everything_and_waits_for_nothing() -> None:
    assert _unmet(Dossier(), documents=()) == [
        "form.presentation",
        "form.challenge",
        "form.themes",
        "form.policy_coherence",
        "form.resources",
        "form.team_availability",
        "form.local_partners",
        "form.motivations",
        "team.elected_referent",
        "team.referent_agent",
        "sectors.one",
        "documents.sector_sheet",
        "documents.mayor_commitment",
        "documents.partner_support",
        "supports.one",
    ]


@pytest.mark.parametrize(
    ("dossier", "rule"),
    [
        (replace(FULL, answers={k: v for k, v in FULL.answers.items() if k != "challenge"}), "form.challenge"),
        (replace(FULL, answers={**FULL.answers, "challenge": "  "}), "form.challenge"),
        (replace(FULL, team={TeamRole.REFERENT_AGENT: FULL.team[TeamRole.REFERENT_AGENT]}), "team.elected_referent"),
        (replace(FULL, sectors=()), "sectors.one"),
        (replace(FULL, sectors=(a_sector(description=" "),)), "sectors.described"),
        (replace(FULL, supports=()), "supports.one"),
    ],
)
def test_each_missing_part_fails_its_own_rule(dossier: Dossier, rule: str) -> None:
    assert _unmet(dossier) == [rule]


def test_what_is_missing_is_told_in_french_with_its_remedy() -> None:
    report = completeness(replace(FULL, sectors=()), QUESTIONS, COMMUNE_DOCUMENTS, DOCUMENTS)

    assert [(error.pointer, error.message) for error in report.missing] == [
        ("/sectors", "Proposez un secteur au moins, avec son nom et sa description.")
    ]


def test_an_infected_letter_counts_for_nothing() -> None:
    letter = a_document(DocumentKind.MAYOR_COMMITMENT, status=ScanStatus.INFECTED)

    assert _unmet(FULL, documents=(letter, *DOCUMENTS[1:])) == ["documents.mayor_commitment"]


def test_an_unscanned_letter_counts_but_must_be_waited_for() -> None:
    letter = a_document(DocumentKind.MAYOR_COMMITMENT, status=ScanStatus.PENDING_SCAN)
    report = completeness(FULL, QUESTIONS, COMMUNE_DOCUMENTS, (letter, *DOCUMENTS[1:]))

    assert (report.complete, report.missing) == (False, ())


def test_a_document_the_edition_does_not_require_may_be_missing() -> None:
    assert _unmet(FULL, documents=DOCUMENTS[1:], required=(DocumentKind.PARTNER_SUPPORT,)) == []


def test_a_dossier_sent_in_the_last_second_by_a_member_is_admissible() -> None:
    call = a_call()

    verdict = deadline_verdict(call, a_report(), commune=COMMUNE, submitted_at=CLOSES_AT, is_member=True, at=AFTER)

    assert verdict.favourable


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"submitted_at": CLOSES_AT + timedelta(seconds=1)}, "late"),
        ({"submitted_at": None}, "late"),
        ({"is_member": False}, "not_a_member"),
        ({"report": a_report(complete=False)}, "incomplete"),
    ],
)
def test_each_shortcoming_makes_the_verdict_unfavourable(facts: dict[str, object], code: str) -> None:
    usual = {"report": a_report(), "submitted_at": DURING, "is_member": True}
    given = {**usual, **facts}
    report = given.pop("report")

    verdict = deadline_verdict(a_call(), report, commune=COMMUNE, at=AFTER, **given)  # type: ignore[arg-type]

    assert [error.code for error in verdict.shortcomings] == [code]


def test_the_verdict_keeps_its_evidence() -> None:
    verdict = deadline_verdict(
        a_call(), a_report(complete=False), commune=COMMUNE, submitted_at=DURING, is_member=True, at=AFTER
    )

    assert (verdict.missing, verdict.membership_date, verdict.deadline, verdict.computed_at) == (
        ("supports.one",),
        date(2024, 1, 12),
        CLOSES_AT,
        AFTER,
    )
