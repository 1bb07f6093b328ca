"""Two transactions at once: nobody is missed, and the feed never skips."""

import asyncio
from collections.abc import Callable

from services.notifications.store.unit_of_work import SqlWork
from services.notifications.usecases.append_to_feed import AppendToFeed, append_to_feed
from services.notifications.usecases.plan_notifications import PlanNotifications, plan_notifications
from services.notifications.usecases.update_contact import UpdateContact, update_contact
from shared.events.selection import CommuneSelected
from shared.kit.database import Database
from shared.kit.provenance import Provenance
from shared.kit.unit_of_work import Joined
from tests.builders.notifications import AT, a_contact, a_fact, an_envelope, an_event
from tests.fakes.notifications import FakeLetters

SERVICES = ("notifications",)
Begin = Callable[[], SqlWork]


async def test_a_fact_and_its_contact_that_come_at_the_same_instant_do_not_miss_each_other(
    opened: Database, begin: Begin
) -> None:
    contact = a_contact()
    async with opened.transaction() as connection:
        joined = SqlWork(opened, Provenance.of_system("test"), joined=Joined(connection), letters=FakeLetters())
        await plan_notifications(PlanNotifications(a_fact(), AT), joined)
        arriving = asyncio.create_task(update_contact(UpdateContact(contact, AT), begin()))
        await asyncio.wait({arriving}, timeout=0.2)
    await arriving

    async with begin() as work:
        assert [n.contact_id for n in await work.notifications.to(contact.id)] == [contact.id]


async def test_a_position_is_never_seen_before_an_earlier_one(opened: Database, begin: Begin) -> None:
    slow, quick = (an_envelope(an_event(CommuneSelected)) for _ in range(2))
    async with opened.transaction() as connection:
        joined = SqlWork(opened, Provenance.of_system("test"), joined=Joined(connection), letters=FakeLetters())
        await append_to_feed(AppendToFeed(slow), joined)
        overtaking = asyncio.create_task(append_to_feed(AppendToFeed(quick), begin()))
        await asyncio.wait({overtaking}, timeout=0.2)
        async with begin() as work:
            assert await work.views.feed(after=0, limit=10) == []
    await overtaking

    async with begin() as work:
        items = await work.views.feed(after=0, limit=10)
    assert [(item.position, item.cloudevent["id"]) for item in items] == [(1, str(slow.id)), (2, str(quick.id))]


async def test_a_transaction_that_fails_leaves_no_gap_in_the_feed(opened: Database, begin: Begin) -> None:
    failed, kept = (an_envelope(an_event(CommuneSelected)) for _ in range(2))
    try:
        async with begin() as work:
            await work.feed.append(failed.id, {})
            raise RuntimeError("after the append")
    except RuntimeError:
        await append_to_feed(AppendToFeed(kept), begin())

    async with begin() as work:
        assert [item.position for item in await work.views.feed(after=0, limit=10)] == [1]
