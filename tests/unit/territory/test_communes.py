"""The communes of the Métropole, on any date."""

from collections import Counter
from datetime import date

import pytest

from shared.events.types import luhn_valid
from shared.territory import (
    UnknownCommune,
    commune,
    commune_of_siren,
    commune_of_siret,
    communes_on,
    ept_of,
    epts,
    member_on,
)

LAST_DAY_BEFORE_THE_MERGER = date(2024, 12, 31)
MERGER = date(2025, 1, 1)


def test_the_metropole_counts_131_communes_until_the_merger() -> None:
    assert len(communes_on(LAST_DAY_BEFORE_THE_MERGER)) == 131


def test_the_metropole_counts_130_communes_since_the_merger() -> None:
    assert len(communes_on(MERGER)) == 130
    assert communes_on() == communes_on(MERGER)


def test_nobody_is_a_member_before_the_metropole_exists() -> None:
    assert communes_on(date(2015, 12, 31)) == ()


def test_a_commune_is_found_by_its_insee_code() -> None:
    aubervilliers = commune("93001")

    assert (aubervilliers.name, aubervilliers.siren) == ("Aubervilliers", "219300019")


def test_a_commune_has_all_its_postal_codes() -> None:
    assert commune("93066").postal_codes == ("93200", "93210", "93380")


def test_pierrefitte_is_a_member_until_the_day_before_the_merger() -> None:
    assert member_on("93059", LAST_DAY_BEFORE_THE_MERGER)
    assert not member_on("93059", MERGER)


def test_pierrefitte_names_its_successor() -> None:
    with pytest.raises(UnknownCommune) as refusal:
        commune("93059", MERGER)

    assert refusal.value.successor == "93066"
    assert str(refusal.value) == "Pierrefitte-sur-Seine (93059) fait maintenant partie de Saint-Denis, de code 93066."


def test_pierrefitte_can_be_read_on_a_date_before_the_merger() -> None:
    assert commune("93059", LAST_DAY_BEFORE_THE_MERGER).name == "Pierrefitte-sur-Seine"


def test_saint_denis_keeps_its_insee_code_and_changes_its_siren() -> None:
    assert commune("93066", LAST_DAY_BEFORE_THE_MERGER).siren == "219300662"
    assert commune("93066", MERGER).siren == "929939411"


def test_without_a_date_a_commune_is_as_known_today() -> None:
    assert commune("93066") == commune("93066", MERGER)


@pytest.mark.parametrize("arrondissement", ["75101", "75111", "75120"])
def test_an_arrondissement_leads_to_paris(arrondissement: str) -> None:
    with pytest.raises(UnknownCommune) as refusal:
        commune(arrondissement)

    assert refusal.value.successor == "75056"


@pytest.mark.parametrize("code", ["69123", "75100", "75121", "", "9306", "٩٣٠٦٦", "93066 ", "93066\n"])
def test_any_other_code_is_unknown_without_a_hint(code: str) -> None:
    with pytest.raises(UnknownCommune) as refusal:
        commune(code)

    assert refusal.value.successor is None


def test_a_commune_is_found_by_its_siren_on_a_date() -> None:
    assert commune_of_siren("219300662", LAST_DAY_BEFORE_THE_MERGER).insee == "93066"
    assert commune_of_siren("929939411", MERGER).insee == "93066"


def test_the_siren_of_saint_denis_before_the_merger_leads_to_the_new_one() -> None:
    with pytest.raises(UnknownCommune, match="929939411") as refusal:
        commune_of_siren("219300662", MERGER)

    assert refusal.value.successor == "93066"


def test_a_siren_is_not_known_before_it_exists() -> None:
    with pytest.raises(UnknownCommune):
        commune_of_siren("929939411", LAST_DAY_BEFORE_THE_MERGER)


def test_an_establishment_belongs_to_the_commune_of_its_siren() -> None:
    assert commune_of_siret("21930001900012").insee == "93001"


def test_the_metropole_itself_is_not_a_commune() -> None:
    with pytest.raises(UnknownCommune):
        commune_of_siret("20005478100022")


def test_every_siren_carries_a_right_check_digit() -> None:
    sirens = {member.siren for member in (*communes_on(LAST_DAY_BEFORE_THE_MERGER), *communes_on())}

    assert [siren for siren in sirens if not luhn_valid(siren)] == []
    assert [body.siren for body in epts() if not luhn_valid(body.siren)] == []


def test_no_commune_is_twice_on_the_same_date() -> None:
    for on in (LAST_DAY_BEFORE_THE_MERGER, MERGER):
        assert max(Counter(member.insee for member in communes_on(on)).values()) == 1
        assert max(Counter(member.siren for member in communes_on(on)).values()) == 1


def test_the_merged_commune_counts_the_inhabitants_of_both() -> None:
    before = [commune(code, LAST_DAY_BEFORE_THE_MERGER) for code in ("93059", "93066")]

    assert commune("93066").population == sum(member.population for member in before)
    assert commune("93066").population_2022 == sum(member.population_2022 for member in before)


def test_a_commune_belongs_to_one_of_the_eleven_territorial_bodies() -> None:
    plaine_commune = ept_of("93001")

    assert plaine_commune is not None
    assert plaine_commune.name == "Plaine Commune"
    assert len(epts()) == 11


def test_paris_alone_has_no_territorial_body() -> None:
    assert [member.insee for member in communes_on() if ept_of(member.insee) is None] == ["75056"]


def test_the_members_of_a_territorial_body_are_counted_on_a_date() -> None:
    def members(on: date) -> int:
        return sum(ept_of(member.insee, on) == ept_of("93066", on) for member in communes_on(on))

    assert (members(LAST_DAY_BEFORE_THE_MERGER), members(MERGER)) == (9, 8)
