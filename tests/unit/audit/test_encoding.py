"""The bytes that are hashed: one row, one text; released means frozen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kit.audit_chain import encode, entry_of, genesis, link_hash
from tests.unit.audit.chains import AT, a_row

values = st.lists(st.none() | st.text() | st.integers(-(2**63), 2**63 - 1) | st.uuids() | st.binary(), max_size=5)


def test_the_hash_of_a_row_never_changes_between_releases() -> None:
    assert entry_of(a_row(1, 2, 3)).row_hash.hex() == "a7a2562e0b21581d6a0de724b41061581736176972609316ec326fbbb213f3a4"


def test_the_hash_of_a_link_never_changes_between_releases() -> None:
    entry = entry_of(a_row(1, 2, 3))

    assert (
        link_hash(genesis("candidature").chain_hash, 1, entry, 0, AT).hex()
        == "46c638cc926e0f3bd32092a2db5439b0435d1527a3290a87124d747ac67cc6d8"
    )


@settings(deadline=None)
@given(st.lists(st.none() | st.text(), max_size=5), st.lists(st.none() | st.text(), max_size=5))
def test_different_texts_are_encoded_differently(left: list[str | None], right: list[str | None]) -> None:
    assert (encode(left) == encode(right)) == (left == right)


@settings(deadline=None)
@given(values)
def test_any_value_of_a_column_can_be_encoded(row: list[object]) -> None:
    assert len(encode(row)) >= len(row)  # type: ignore[arg-type]


def test_a_lone_surrogate_of_a_forged_file_does_not_stop_the_verifier() -> None:
    assert encode(["\ud800"]) != encode(["?"])
