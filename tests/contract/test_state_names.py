"""People never read a state's code."""

import pytest

from deploy.states import tables
from shared.kit.refusals import InvalidState
from shared.kit.state_names import french_state

STATES = sorted({state.value for _, _, table in tables() for state in table})


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_french_name(state: str) -> None:
    assert french_state(state) != state


def test_an_illegal_transition_is_told_in_french() -> None:
    refusal = InvalidState("lapsed", [])

    assert str(refusal) == "État actuel : « caduque ». États possibles ensuite : aucun."


def test_the_transitions_that_are_allowed_are_told() -> None:
    refusal = InvalidState("submitted", ["admitted", "withdrawn"])

    assert str(refusal).endswith("États possibles ensuite : « recevable », « retirée ».")


def test_machines_get_the_codes() -> None:
    assert InvalidState("submitted", ["admitted"]).members == {"state": "submitted", "allowed": ["admitted"]}
