"""The account, as plain text."""

import io
from datetime import UTC, datetime

import httpx
from rich.console import Console

from deploy.demo.narrator import Narrator
from deploy.demo.trouble import Problem, Refused


def a_narrator() -> tuple[Narrator, io.StringIO]:
    page = io.StringIO()
    return Narrator(Console(file=page, width=100, highlight=False)), page


def test_what_is_invented_is_marked() -> None:
    say, page = a_narrator()

    say.tell("Le comité compte cinq membres.", invented=True)

    assert page.getvalue() == "   Le comité compte cinq membres. ✎ inventé\n"


def test_a_fact_is_not_marked() -> None:
    say, page = a_narrator()

    say.tell("Huit dossiers déposés.")

    assert page.getvalue() == "   Huit dossiers déposés.\n"


def test_time_is_told_in_paris() -> None:
    say, page = a_narrator()

    say.at(datetime(2024, 1, 12, 22, 59, tzinfo=UTC))

    assert page.getvalue() == "⏱  12 janvier 2024 à 23 h 59\n"


def test_a_refusal_says_why_point_by_point() -> None:
    say, page = a_narrator()
    problem = Problem(
        422, "dossier-incomplete", "Incomplet", "6 éléments manquent.", tuple(f"point {n}" for n in range(1, 7))
    )

    say.refused("Déposer", problem)

    assert page.getvalue().splitlines() == [
        "   ✗ Déposer : refus 422, « 6 éléments manquent. »",
        "        – point 1",
        "        – point 2",
        "        – point 3",
        "        – point 4",
        "        – et 2 autre(s) point(s)",
    ]


def test_a_text_of_the_platform_is_not_taken_for_markup() -> None:
    say, page = a_narrator()

    say.refused("Déposer", Problem(409, "x", "Titre", "[bold]pas du gras[/]", ()))

    assert "[bold]pas du gras[/]" in page.getvalue()


def test_a_problem_is_read_from_its_answer() -> None:
    body = {
        "type": "urn:qmi:problem:round-closed",
        "title": "L'appel est clos",
        "detail": "Depuis hier.",
        "errors": [{"pointer": "/a", "code": "late", "message": "Trop tard."}],
    }

    problem = Problem.of(httpx.Response(409, json=body))

    assert problem == Problem(409, "round-closed", "L'appel est clos", "Depuis hier.", ("Trop tard.",))


def test_an_answer_that_is_no_problem_is_still_told() -> None:
    problem = Problem.of(httpx.Response(502, text="<html>"))

    assert str(Refused("GET", "/v1/calls", problem)) == "GET /v1/calls : 502 Bad Gateway (). "
