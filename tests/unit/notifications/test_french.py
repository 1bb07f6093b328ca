"""French as people read it."""

from datetime import date

import pytest

from services.notifications.domain.french import at, commune_name, of, ordinal, plural


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sceaux", "de Sceaux"),
        ("Arcueil", "d’Arcueil"),
        ("Épinay-sur-Seine", "d’Épinay-sur-Seine"),
        ("Le Raincy", "du Raincy"),
        ("Les Lilas", "des Lilas"),
        ("La Courneuve", "de La Courneuve"),
        ("L'Haÿ-les-Roses", "de L'Haÿ-les-Roses"),
    ],
)
def test_of_a_commune(name: str, expected: str) -> None:
    assert of(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Sceaux", "à Sceaux"), ("Le Raincy", "au Raincy"), ("Les Lilas", "aux Lilas"), ("Arcueil", "à Arcueil")],
)
def test_in_a_commune(name: str, expected: str) -> None:
    assert at(name) == expected


def test_a_commune_that_merged_keeps_its_name_for_what_happened_before() -> None:
    assert commune_name("93059", date(2024, 3, 1)) == "Pierrefitte-sur-Seine"


def test_a_commune_unknown_on_the_date_is_told_by_its_code() -> None:
    assert commune_name("29019", date(2024, 3, 1)) == "29019"


def test_plurals_begin_at_two() -> None:
    assert [plural(count, "dossier") for count in (0, 1, 2)] == ["0 dossier", "1 dossier", "2 dossiers"]


def test_ranks() -> None:
    assert [ordinal(rank) for rank in (1, 2)] == ["1er", "2e"]
