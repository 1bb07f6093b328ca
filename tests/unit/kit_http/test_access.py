"""Access is decided in one place, and refused by default."""

import pytest

from shared.kit.access import Principal, Role, Rule, Rules, Scope, decide
from shared.kit.refusals import Forbidden

RULES: Rules = {
    "call.publish": Rule({Role.PROGRAMME}, "any"),
    "candidature.read": (Rule({Role.PROGRAMME}, "any"), Rule({Role.COMMUNE_AGENT}, "own")),
}
AGENT = Principal("a", frozenset({Role.COMMUNE_AGENT}), "93001")
PROGRAMME = Principal("p", frozenset({Role.PROGRAMME}), "paris-and-co")


def test_a_role_of_the_rule_may_do_it_on_anything() -> None:
    assert decide(PROGRAMME, "call.publish", RULES) == Scope.everything()


def test_another_role_may_not() -> None:
    with pytest.raises(Forbidden):
        decide(AGENT, "call.publish", RULES)


def test_an_action_without_rule_is_refused_to_everybody() -> None:
    with pytest.raises(Forbidden):
        decide(PROGRAMME, "call.destroy", RULES)


def test_no_role_at_all_is_refused() -> None:
    with pytest.raises(Forbidden):
        decide(Principal("n", frozenset(), "93001"), "candidature.read", RULES)


def test_own_limits_to_the_organisation_of_the_caller() -> None:
    assert decide(AGENT, "candidature.read", RULES) == Scope.only("93001")


def test_own_is_refused_to_somebody_without_organisation() -> None:
    with pytest.raises(Forbidden):
        decide(Principal("a", frozenset({Role.COMMUNE_AGENT})), "candidature.read", RULES)


def test_the_widest_of_several_roles_counts() -> None:
    both = Principal("b", frozenset({Role.PROGRAMME, Role.COMMUNE_AGENT}), "93001")

    assert decide(both, "candidature.read", RULES) == Scope.everything()


def test_a_scope_sees_its_organisation_only() -> None:
    scope = Scope.only("93001")

    assert (scope.includes("93001"), scope.includes("93008"), scope.includes(None)) == (True, False, False)


def test_everything_sees_what_belongs_to_nobody() -> None:
    assert Scope.everything().includes(None)


def test_the_owner_of_a_scope_is_none_only_when_nothing_is_hidden() -> None:
    assert (Scope.only("93001").owner, Scope.everything().owner) == ("93001", None)


def test_a_scope_of_no_organisation_never_becomes_a_query_without_filter() -> None:
    with pytest.raises(Forbidden):
        _ = Scope.only("").owner
