"""What the demo plays: facts as they are public, everything else marked as invented."""

import json
from collections import Counter
from datetime import date

import pytest
from pydantic import TypeAdapter

from deploy.demo.chapters.directory import everybody
from deploy.demo.material import FOLDER, Material, invented_siret, material
from services.candidature.domain.questions import COMMUNE_QUESTIONS
from shared.events.types import InseeCode, Siret
from shared.territory import member_on

CLOSING = date(2024, 1, 12)
CODE: TypeAdapter[str] = TypeAdapter(InseeCode)


@pytest.fixture(scope="module")
def played() -> Material:
    return material()


def test_the_funnel_is_the_real_one(played: Material) -> None:
    facts = played.facts

    assert (facts.funnel.interested, facts.funnel.submitted, facts.funnel.laureates) == (22, 8, 6)
    assert facts.laureates.communes == ("95018", "91027", "93001", "94033", "92040", "94071")
    assert facts.wave.communes == ("93001", "91027", "94033")
    assert facts.projects.laureates == 19
    assert facts.call.quota == 4


def test_the_dates_are_the_real_ones(played: Material) -> None:
    facts = played.facts

    assert (facts.call.opens_on, facts.call.closes_on) == (date(2023, 10, 23), CLOSING)
    assert facts.laureates.designated_on == date(2024, 2, 6)
    assert (facts.wave.opens_on, facts.wave.closes_on) == (date(2024, 5, 13), date(2024, 6, 16))


def test_every_fact_names_a_source_that_is_given(played: Material) -> None:
    facts = played.facts
    parts = (facts.call, facts.criteria, facts.funnel, facts.laureates, facts.wave, facts.projects)

    assert {name for part in parts for name in part.source} == set(facts.sources)


@pytest.mark.parametrize("name", ["calendar", "dossiers", "committee", "projects"])
def test_what_is_not_a_fact_says_so(name: str) -> None:
    content = json.loads((FOLDER / f"{name}.json").read_text())

    assert content["invented"] is True
    assert content["note"]


def test_the_data_play_the_funnel(played: Material) -> None:
    dossiers, facts = played.dossiers, played.facts

    assert len(set(dossiers.interested)) == facts.funnel.interested
    assert len(dossiers.submitted) == facts.funnel.submitted
    assert {text.insee for text in dossiers.communes} <= set(dossiers.interested)


def test_the_laureates_are_the_best_of_the_invented_scores(played: Material) -> None:
    best = sorted(played.dossiers.submitted, key=lambda text: -text.quality)[: played.facts.funnel.laureates]

    assert {text.insee for text in best} == set(played.facts.laureates.communes)


def test_every_commune_is_a_member_on_the_closing_date(played: Material) -> None:
    communes = {*played.dossiers.interested, *played.facts.laureates.communes, *played.facts.wave.communes}

    assert [insee for insee in communes if not member_on(CODE.validate_python(insee), CLOSING)] == []


def test_every_question_of_the_form_has_an_answer(played: Material) -> None:
    text = played.dossiers.communes[0]

    answers = played.dossiers.answers_of(text)

    assert set(answers) == {question.key for question in COMMUNE_QUESTIONS}
    assert "commune d’Aubervilliers" in answers["presentation"]


def test_projects_want_and_are_wanted_by_the_communes_of_the_wave(played: Material) -> None:
    wave = set(played.facts.wave.communes)

    assert all(set(project.ranked) <= wave for project in played.projects.projects)
    assert all(set(project.interest) == wave for project in played.projects.projects)
    assert set(played.projects.challenges) == set(played.projects.sites) == wave


def test_titles_tell_projects_apart(played: Material) -> None:
    titles = [project.title for project in played.projects.projects]

    assert [title for title, times in Counter(titles).items() if times > 1] == []
    assert len(titles) == 30


def test_invented_sirets_are_valid_and_belong_to_nobody() -> None:
    numbers = [invented_siret(number) for number in range(1, 31)]

    assert [TypeAdapter(Siret).validate_python(number) for number in numbers] == numbers
    assert len(set(numbers)) == 30
    assert all(number.startswith("0000000") for number in numbers)


def test_the_directory_names_functions_and_writes_to_nobody(played: Material) -> None:
    entries = list(everybody(played))

    assert {entry.email.partition("@")[2] for entry in entries} == {"example.org"}
    assert len({entry.email for entry in entries}) == len(entries)
    assert len({entry.person.id for entry in entries}) == len(entries)
