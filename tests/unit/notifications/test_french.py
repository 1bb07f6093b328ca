"""French as people read it."""

from datetime import date

from services.notifications.domain.french import commune_name, ordinal, plural


def test_a_commune_that_merged_keeps_its_name_for_what_happened_before() -> None:
    assert commune_name("93059", date(2024, 3, 1)) == "Pierrefitte-sur-Seine"


def test_a_commune_unknown_on_the_date_is_told_by_its_code() -> None:
    assert commune_name("29019", date(2024, 3, 1)) == "29019"


def test_plurals_begin_at_two() -> None:
    assert [plural(count, "dossier") for count in (0, 1, 2)] == ["0 dossier", "1 dossier", "2 dossiers"]


def test_ranks() -> None:
    assert [ordinal(rank) for rank in (1, 2)] == ["1er", "2e"]
