"""The text of an agreement says the facts of its award, and only those."""

from dataclasses import replace

import pytest

from services.experiments.domain.terms import METROPOLE, PARIS_AND_CO
from services.experiments.store.texts import TemplateTexts
from tests.builders.experiments import a_draft

TEXTS = TemplateTexts()


@pytest.mark.parametrize(
    "fact",
    [
        "édition 2",
        "**La Métropole du Grand Paris**, représentée par son Président ;",
        "**La commune d’Aubervilliers**, représentée par son Maire.",
        "Vu la loi n° 2015-991 du 7 août 2015",
        "n° 2024-012 du 6 février 2024",
        "notifiée le 6 février 2024",
        "Elle prend fin en février 2026.",
        "La convention n’entraîne aucun paiement entre les Parties.",
        "tribunal administratif de Paris",
        "Fait en deux exemplaires originaux",
    ],
)
def test_the_text_states_the_facts(fact: str) -> None:
    assert fact in TEXTS.write(a_draft())


def test_the_text_names_every_party() -> None:
    three = a_draft(terms=replace(a_draft().terms, institutions=(METROPOLE, PARIS_AND_CO)))

    text = TEXTS.write(three)

    assert "**Paris&Co**, représentée par sa Direction générale ;" in text
    assert "Fait en trois exemplaires originaux" in text


def test_without_the_metropole_the_first_institution_takes_its_commitments() -> None:
    text = TEXTS.write(a_draft(terms=replace(a_draft().terms, institutions=(PARIS_AND_CO,))))

    assert "\nParis&Co :\n" in text


def test_the_same_agreement_gives_the_same_text() -> None:
    draft = a_draft()

    assert TEXTS.write(draft) == TEXTS.write(draft)


@pytest.mark.parametrize(("template", "known"), [("convention-engagement", True), ("../settings", False)])
def test_only_templates_of_the_folder_are_known(template: str, known: bool) -> None:
    assert TEXTS.knows(template) is known
