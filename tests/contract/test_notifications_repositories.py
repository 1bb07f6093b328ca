"""The same promises kept in memory and in PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from services.notifications.domain.audience import Addressee
from services.notifications.domain.delivery import Delivery, Outcome
from services.notifications.domain.errors import NotificationNotFound
from services.notifications.domain.notification import Status
from services.notifications.store.unit_of_work import SqlWork
from services.notifications.usecases.ports import Work
from services.notifications.usecases.read_models import DeliveryItem
from shared.events.types import ContactFunction, FailureReason
from shared.kit.access import Scope
from shared.kit.identity import new_id
from shared.kit.refusals import NotFound
from tests.builders.notifications import (
    AT,
    COMMUNE,
    TICK,
    a_contact,
    a_fact,
    a_letter,
    a_notification,
    a_plan,
)
from tests.contract.stores import Stores
from tests.fakes.notifications import FakeLetters, FakeWork, Store

SERVICES = ("notifications",)
STORES = Stores("notifications", Store, FakeWork, partial(SqlWork, letters=FakeLetters()))

Begin = Callable[[], Work]


async def test_a_contact_is_kept_replaced_and_forgotten(begin: Begin) -> None:
    contact = a_contact()
    moved = replace(contact, function=ContactFunction.EXPERT, email="ailleurs@example.org")
    async with begin() as work:
        await work.contacts.put(contact)
        assert await work.contacts.get(contact.id) == contact
        await work.contacts.put(moved)
    async with begin() as work:
        assert await work.contacts.get(contact.id) == moved
        await work.contacts.remove(contact.id)
        await work.contacts.remove(contact.id)
    async with begin() as work:
        assert await work.contacts.get(contact.id) is None


async def test_contacts_are_found_by_function_here_or_everywhere(begin: Begin) -> None:
    here, there, other = (
        a_contact(),
        a_contact(organisation="93001"),
        a_contact(function=ContactFunction.ELECTED_REFERENT),
    )
    async with begin() as work:
        await work.contacts.hold()
        for contact in (here, there, other):
            await work.contacts.put(contact)
        assert await work.contacts.meeting(Addressee(COMMUNE, ContactFunction.REFERENT_AGENT)) == [here]
        everywhere = await work.contacts.meeting(Addressee(None, ContactFunction.REFERENT_AGENT))
        assert everywhere == sorted([here, there], key=lambda contact: contact.id)


async def test_a_plan_is_kept_whole(begin: Begin) -> None:
    plan = a_plan()
    async with begin() as work:
        await work.plans.add(plan)
    async with begin() as work:
        assert await work.plans.get(plan.id) == plan
        await work.plans.save(plan.address())
    async with begin() as work:
        assert await work.plans.get(plan.id) == plan.address()


async def test_a_plan_added_again_stays_as_it_is(begin: Begin) -> None:
    plan = a_plan()
    async with begin() as work:
        await work.plans.add(plan)
        await work.plans.save(plan.address())
        await work.plans.add(plan)
        assert await work.plans.get(plan.id) == plan.address()


async def test_an_unknown_plan_is_not_found(begin: Begin) -> None:
    with pytest.raises(NotFound):
        async with begin() as work:
            await work.plans.get(new_id())


async def test_plans_concern_a_contact_while_they_are_open(begin: Begin) -> None:
    mine, everyones = a_plan(), a_plan(addressee=Addressee(None, ContactFunction.REFERENT_AGENT))
    elsewhere = a_plan(addressee=Addressee("93001", ContactFunction.REFERENT_AGENT))
    abandoned, told = a_plan(a_fact()).abandon(), a_plan(a_fact()).address()
    async with begin() as work:
        for plan in (mine, everyones, elsewhere, abandoned, told):
            await work.plans.add(plan)
            await work.plans.save(plan)
        in_time = await work.plans.concerning(a_contact(), AT + timedelta(hours=72))
        too_late = await work.plans.concerning(a_contact(), AT + timedelta(hours=72, seconds=1))
    assert {plan.id for plan in in_time} == {mine.id, everyones.id, told.id}
    assert too_late == []


async def test_a_notification_is_kept_whole_and_once(begin: Begin) -> None:
    plan, contact = a_plan(), a_contact()
    notification = a_notification(contact, plan)
    async with begin() as work:
        await work.plans.add(plan)
        await work.notifications.add_once(notification)
        await work.notifications.add_once(replace(notification, letter=a_letter(subject="Une autre fois")))
    async with begin() as work:
        assert await work.notifications.get(notification.id, Scope.everything()) == notification


async def test_a_notification_changes(begin: Begin) -> None:
    plan = a_plan()
    notification = a_notification(plan=plan)
    failed, _ = notification.claim(tick=TICK, lease=timedelta(minutes=2)).give_up(FailureReason.BOUNCED, at=AT)
    forgotten = failed.forget().read(at=AT)
    async with begin() as work:
        await work.plans.add(plan)
        await work.notifications.add_once(notification)
        for state in (failed, forgotten):
            await work.notifications.save(state)
            assert await work.notifications.get(notification.id, Scope.everything()) == state


async def test_a_notification_of_another_organisation_is_not_found(begin: Begin) -> None:
    plan = a_plan()
    notification = a_notification(plan=plan)
    async with begin() as work:
        await work.plans.add(plan)
        await work.notifications.add_once(notification)
    with pytest.raises(NotificationNotFound):
        async with begin() as work:
            await work.notifications.get(notification.id, Scope.only("93001"))


async def test_the_most_overdue_is_next_and_the_others_wait_their_turn(begin: Begin) -> None:
    plan = a_plan()
    fresh = a_notification(plan=plan)
    retried = a_notification(plan=plan, attempts=1, due_at=TICK - timedelta(seconds=5))
    orphaned = a_notification(plan=plan, status=Status.SENDING, attempts=1, leased_until=TICK)
    not_yet = a_notification(plan=plan, attempts=1, due_at=TICK + timedelta(seconds=1))
    leased = a_notification(plan=plan, status=Status.SENDING, leased_until=TICK + timedelta(seconds=1))
    settled = a_notification(plan=plan, status=Status.SENT)
    async with begin() as work:
        await work.plans.add(plan)
        for notification in (orphaned, not_yet, retried, leased, settled, fresh):
            await work.notifications.add_once(notification)
    order = []
    async with begin() as work:
        while (due := await work.notifications.next_due(TICK)) is not None:
            order.append(due.id)
            await work.notifications.save(replace(due, status=Status.SENT, leased_until=None))
        assert not await work.notifications.waiting(TICK)
        assert await work.notifications.waiting(TICK + timedelta(seconds=1))
    assert order == [fresh.id, retried.id, orphaned.id]


async def test_all_that_was_told_to_a_contact_is_found(begin: Begin) -> None:
    contact, plans = a_contact(), [a_plan(), a_plan()]
    mine = [a_notification(contact, plan) for plan in plans]
    async with begin() as work:
        for plan, notification in zip(plans, mine, strict=True):
            await work.plans.add(plan)
            await work.notifications.add_once(notification)
            await work.notifications.add_once(a_notification(plan=plan))
        assert await work.notifications.to(contact.id) == sorted(mine, key=lambda n: n.id)


async def test_attempts_are_kept_in_order_and_change(begin: Begin) -> None:
    plan = a_plan()
    notification = a_notification(plan=plan)
    first, second = (Delivery(notification.id, attempt, "agent@sceaux.example.org", AT) for attempt in (1, 2))
    ended = first.end(Outcome.DEFERRED, "450 plus tard", at=AT)
    async with begin() as work:
        await work.plans.add(plan)
        await work.notifications.add_once(notification)
        for delivery in (second, first):
            await work.deliveries.add(delivery)
        await work.deliveries.save(ended)
        assert await work.deliveries.get(notification.id, 1) == ended
        assert await work.deliveries.of(notification.id) == [ended, second]
        with pytest.raises(NotFound):
            await work.deliveries.get(notification.id, 3)


async def test_the_feed_is_in_the_order_it_was_heard_and_keeps_each_event_once(begin: Begin) -> None:
    first, second = new_id(), new_id()
    for event_id in (first, second, first):
        async with begin() as work:
            await work.feed.append(event_id, {"id": str(event_id), "specversion": "1.0"})
    async with begin() as work:
        everything = await work.views.feed(after=0, limit=10)
        rest = await work.views.feed(after=1, limit=10)
        bounded = await work.views.feed(after=0, limit=1)
    assert [(item.position, item.cloudevent["id"]) for item in everything] == [(1, str(first)), (2, str(second))]
    assert (rest, bounded) == (everything[1:], everything[:1])


async def test_an_organisation_reads_what_it_was_told_newest_first(begin: Begin) -> None:
    plan = a_plan()
    older = a_notification(plan=plan)
    newer = a_notification(plan=plan, planned_at=AT + timedelta(hours=1))
    read = a_notification(plan=plan, planned_at=AT + timedelta(hours=2), read_at=AT)
    forgotten = a_notification(plan=plan, letter=None, status=Status.CANCELLED)
    elsewhere = a_notification(a_contact(organisation="93001"), plan)
    to_another = a_notification(a_contact(function=ContactFunction.SIGNATORY), plan)
    async with begin() as work:
        await work.plans.add(plan)
        for notification in (older, newer, read, forgotten, elsewhere, to_another):
            await work.notifications.add_once(notification)
        ours, functions = Scope.only(COMMUNE), [ContactFunction.REFERENT_AGENT, ContactFunction.EXPERT]
        everything = await work.views.inbox(ours, functions, unread=False, after=None, limit=10)
        unread = await work.views.inbox(ours, functions, unread=True, after=None, limit=10)
        rest = await work.views.inbox(ours, functions, unread=False, after=(read.planned_at, read.id), limit=1)
    assert [item.id for item in everything] == [read.id, newer.id, older.id]
    assert [item.id for item in unread] == [newer.id, older.id]
    assert rest == everything[1:2]
    assert (everything[2].subject, everything[2].text) == ("Votre commune est lauréate", "Bonjour,\n")


async def test_the_staff_sees_where_everything_stands(begin: Begin) -> None:
    plan, abandoned = a_plan().address(), a_plan().abandon()
    pending = a_notification(plan=plan, attempts=1, reason=FailureReason.ADDRESS_REFUSED)
    delivery = Delivery(pending.id, 1, "agent@sceaux.example.org", AT)
    async with begin() as work:
        for each in (plan, abandoned):
            await work.plans.add(each)
            await work.plans.save(each)
        await work.notifications.add_once(pending)
        await work.deliveries.add(delivery)
        everything = await work.views.deliveries(None, after=None, limit=10)
        lost = await work.views.deliveries("abandoned", after=None, limit=10)
        newest = await work.views.deliveries(None, after=None, limit=1)
        rest = await work.views.deliveries(None, after=(newest[0].planned_at, newest[0].id), limit=10)
    told = DeliveryItem(
        id=pending.id,
        event_id=pending.event_id,
        event_type="commune-selected.v1",
        organisation=COMMUNE,
        function=ContactFunction.REFERENT_AGENT,
        contact_id=pending.contact_id,
        status="pending",
        attempts=1,
        address=delivery.address,
        reason=FailureReason.ADDRESS_REFUSED,
        last_attempt_at=AT,
        planned_at=AT,
    )
    untold = replace(
        told,
        id=abandoned.id,
        event_id=abandoned.fact.id,
        contact_id=None,
        status="abandoned",
        attempts=0,
        address=None,
        reason=None,
        last_attempt_at=None,
    )
    assert {item.id: item for item in everything} == {told.id: told, untold.id: untold}
    assert lost == [untold]
    assert newest + rest == everything
