"""A plan waits for its contact, not for ever."""

from datetime import timedelta

import pytest

from services.notifications.domain.plan import PlanStatus
from shared.events.types import ContactFunction
from shared.kit.refusals import InvalidState
from tests.builders.notifications import AT, a_contact, a_fact, a_plan


def test_a_plan_waits_72_hours_for_a_contact() -> None:
    plan = a_plan()

    assert (plan.status, plan.open_until) == (PlanStatus.AWAITING_CONTACT, AT + timedelta(hours=72))


def test_the_plan_of_a_fact_for_an_addressee_is_always_the_same() -> None:
    fact = a_fact()

    assert a_plan(fact).id == a_plan(fact).id


def test_a_plan_concerns_whoever_holds_the_function_within_the_time() -> None:
    assert a_plan().concerns(a_contact(), at=AT + timedelta(hours=72))


def test_a_plan_does_not_concern_who_comes_later() -> None:
    assert not a_plan().concerns(a_contact(), at=AT + timedelta(hours=72, seconds=1))


def test_a_plan_does_not_concern_another_function() -> None:
    assert not a_plan().concerns(a_contact(function=ContactFunction.EXPERT), at=AT)


def test_an_addressed_plan_stays_open_for_another_holder_of_the_function() -> None:
    assert a_plan().address().concerns(a_contact(), at=AT)


def test_an_abandoned_plan_concerns_nobody() -> None:
    assert not a_plan().abandon().concerns(a_contact(), at=AT)


def test_addressing_twice_is_addressing() -> None:
    assert a_plan().address().address().status is PlanStatus.ADDRESSED


def test_an_addressed_plan_cannot_be_abandoned() -> None:
    with pytest.raises(InvalidState):
        a_plan().address().abandon()
