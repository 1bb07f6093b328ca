"""Communes are named as French says it."""

import pytest

from shared.territory.french import at, of


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
