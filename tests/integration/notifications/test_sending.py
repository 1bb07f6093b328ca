"""The queue and the mail server, for real: once, whatever dies outside one small window."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from services.notifications.domain.notification import Notification, Status
from services.notifications.gateways.outgoing import Outgoing
from services.notifications.gateways.smtp import MailServerUnreachable, SmtpAccess
from services.notifications.store.unit_of_work import SqlWork
from services.notifications.usecases.deliver_next import DeliverNext, deliver_next
from services.notifications.usecases.plan_notifications import PlanNotifications, plan_notifications
from services.notifications.usecases.update_contact import UpdateContact, update_contact
from shared.events.base import Event
from shared.kit.access import Scope
from shared.kit.clock import SystemClock
from shared.kit.database import Database
from tests.builders.notifications import AT, a_contact, a_fact
from tests.fakes.notifications import Crash, FakeLetters, FakePostman
from tests.integration.notifications.sink import Sink

SERVICES = ("notifications",)
Begin = Callable[[], SqlWork]
make_work = partial(SqlWork, letters=FakeLetters())


@pytest.fixture
def outgoing(access: SmtpAccess, opened: Database) -> Outgoing:
    """The sender of one process."""
    return Outgoing(access, opened, SystemClock(), make_work)


async def tell(begin: Begin, times: int = 1) -> list[Notification]:
    """So many people are to be told of one fact."""
    for number in range(times):
        await update_contact(UpdateContact(a_contact(email=f"agent-{number}@example.org"), AT), begin())
    await plan_notifications(PlanNotifications(a_fact(), AT), begin())
    return await everything(begin)


async def everything(begin: Begin) -> list[Notification]:
    """All notifications."""
    async with begin() as work:
        items = await work.views.deliveries(None, after=None, limit=1_000)
        return [
            await work.notifications.get(item.id, Scope.everything()) for item in items if item.contact_id is not None
        ]


async def statuses(begin: Begin) -> set[Status]:
    """Where they stand."""
    return {notification.status for notification in await everything(begin)}


async def said(opened: Database) -> list[str]:
    """What the service said."""
    return [row["type"] for row in await opened.pool.fetch("SELECT type FROM event_log ORDER BY position")]


async def let_the_lease_run_out(opened: Database) -> None:
    """As if two minutes had passed since a sender died."""
    await opened.pool.execute(
        "UPDATE notifications SET leased_until = $1 WHERE status = 'sending'", datetime.now(UTC) - timedelta(seconds=1)
    )


async def test_everyone_gets_one_mail_and_it_is_said(
    outgoing: Outgoing, begin: Begin, sink: Sink, opened: Database
) -> None:
    await tell(begin, times=10)

    await outgoing.send_all()

    assert sorted(str(m["To"].addresses[0].addr_spec) for m in sink.taken) == sorted(
        f"agent-{number}@example.org" for number in range(10)
    )
    assert await statuses(begin) == {Status.SENT}
    assert await said(opened) == ["notification-sent.v1"] * 10


async def test_several_senders_share_the_queue_without_sending_twice(
    access: SmtpAccess, begin: Begin, sink: Sink, opened: Database
) -> None:
    await tell(begin, times=40)

    await asyncio.gather(*(Outgoing(access, opened, SystemClock(), make_work).send_all() for _ in range(3)))

    assert len(sink.message_ids) == len(set(sink.message_ids)) == 40


async def test_a_crash_before_the_mail_leaves_sends_it_once(
    outgoing: Outgoing, begin: Begin, sink: Sink, opened: Database
) -> None:
    [notification] = await tell(begin)
    command = DeliverNext(AT, datetime.now(UTC), luck=0.0)
    with pytest.raises(Crash):
        await deliver_next(command, lambda **chain: begin(), FakePostman(Crash()))
    await outgoing.send_all()
    assert sink.taken == []

    await let_the_lease_run_out(opened)
    await outgoing.send_all()

    assert sink.message_ids == [f"<{notification.id}@example.org>"]


async def test_a_crash_after_the_commit_sends_nothing_again(
    outgoing: Outgoing, access: SmtpAccess, begin: Begin, sink: Sink, opened: Database
) -> None:
    await tell(begin)
    await outgoing.send_all()

    await let_the_lease_run_out(opened)
    await Outgoing(access, opened, SystemClock(), make_work).send_all()

    assert len(sink.taken) == 1


class Dying(SqlWork):
    """The process dies when the mail server has said yes, before that is committed."""

    async def publish(self, aggregate_id: UUID, event: Event) -> None:
        raise Crash


async def test_a_crash_in_the_window_sends_again_by_the_same_message_id_and_says_it_once(
    outgoing: Outgoing, access: SmtpAccess, begin: Begin, sink: Sink, opened: Database
) -> None:
    await tell(begin)
    with pytest.raises(Crash):
        await Outgoing(access, opened, SystemClock(), partial(Dying, letters=FakeLetters())).send_all()

    await let_the_lease_run_out(opened)
    await outgoing.send_all()

    assert (len(sink.taken), len(set(sink.message_ids))) == (2, 1)
    assert await said(opened) == ["notification-sent.v1"]


async def test_a_mail_server_that_is_down_costs_nobody_an_attempt(outgoing: Outgoing, begin: Begin, sink: Sink) -> None:
    await tell(begin, times=3)
    port = sink.port
    await sink.stop()
    with pytest.raises(MailServerUnreachable):
        await outgoing.send_all()
    assert {notification.attempts for notification in await everything(begin)} == {0}

    await sink.start(port)
    await outgoing.send_all()

    assert len(sink.taken) == 3


async def test_a_mailbox_that_is_refused_does_not_hold_up_the_others(
    outgoing: Outgoing, begin: Begin, sink: Sink, opened: Database
) -> None:
    sink.refused_mailboxes.add("agent-1@example.org")
    await tell(begin, times=3)

    await outgoing.send_all()

    assert sorted(await said(opened)) == ["notification-failed.v1", "notification-sent.v1", "notification-sent.v1"]


async def test_a_mail_put_off_waits_its_turn(outgoing: Outgoing, begin: Begin, sink: Sink) -> None:
    sink.orders.append("451 later")
    await tell(begin)

    await outgoing.send_all()

    [notification] = await everything(begin)
    assert (notification.status, notification.attempts, sink.taken) == (Status.PENDING, 1, [])


async def test_the_task_sends_what_comes_and_ends_the_mail_in_hand_before_it_stops(
    outgoing: Outgoing, begin: Begin, sink: Sink
) -> None:
    in_hand, go_on = asyncio.Event(), asyncio.Event()

    async def slow_yes() -> str:
        in_hand.set()
        await go_on.wait()
        return "250 OK"

    sink.orders.append(slow_yes)
    running = asyncio.create_task(outgoing.run())
    await tell(begin)
    await asyncio.wait_for(in_hand.wait(), 10)
    running.cancel()
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    with suppress(asyncio.CancelledError):
        await running

    assert await statuses(begin) == {Status.SENT}
    assert len(sink.taken) == 1
