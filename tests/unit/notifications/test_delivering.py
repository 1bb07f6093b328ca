"""Sending: at least once, once outside one small window, and never for ever."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.domain.backoff import MOST_ATTEMPTS
from services.notifications.domain.contact import Contact
from services.notifications.domain.delivery import Delivery, Outcome
from services.notifications.domain.notification import Notification, Status
from services.notifications.usecases.deliver_next import LEASE, DeliverNext, deliver_next
from services.notifications.usecases.erase_contact import EraseContact, erase_contact
from services.notifications.usecases.ports import Undelivered
from shared.events.notifications import NotificationFailed, NotificationSent
from shared.events.types import FailureReason
from tests.builders.notifications import AT, CORRELATION, TICK, a_contact, a_notification
from tests.fakes.notifications import Beginner, Crash, FakePostman, FakeWork, Store

DEFERRED = Undelivered(Outcome.DEFERRED, FailureReason.ADDRESS_REFUSED, "450 busy <agent@sceaux.example.org>")
REFUSED = Undelivered(Outcome.REFUSED, FailureReason.ADDRESS_REFUSED, "550 no such user")


class Desk:
    """One notification to send, a postman, and a machine clock one can move."""

    def __init__(self, postman: FakePostman, **changes: Any) -> None:
        self.contact: Contact = a_contact()
        self.notification: Notification = a_notification(self.contact, **changes)
        self.store = Store()
        self.store.contacts[self.contact.id] = self.contact
        self.store.notifications[self.notification.id] = self.notification
        self.postman = postman
        self.tick = TICK

    async def deliver(self) -> bool:
        """One turn of the sender."""
        return await deliver_next(DeliverNext(AT, self.tick, luck=0.0), Beginner(self.store), self.postman)

    async def crash(self) -> None:
        """A turn in which the process dies."""
        with pytest.raises(Crash):
            await self.deliver()

    @property
    def now(self) -> Notification:
        return self.store.notifications[self.notification.id]

    @property
    def said(self) -> list[type]:
        return [type(event) for _, event in self.store.published]

    @property
    def attempts(self) -> list[tuple[int, Outcome]]:
        return [(d.attempt, d.outcome) for d in self.store.deliveries.values()]


async def test_a_mail_is_sent_recorded_and_said() -> None:
    desk = Desk(FakePostman())

    assert await desk.deliver()

    assert (desk.now.status, desk.attempts, desk.said) == (Status.SENT, [(1, Outcome.ACCEPTED)], [NotificationSent])
    assert [mail.to_address for mail in desk.postman.taken] == [desk.contact.email]


async def test_what_is_said_follows_from_the_fact_that_was_told() -> None:
    desk = Desk(FakePostman())

    await desk.deliver()

    assert desk.store.chain[-1] == (CORRELATION, desk.notification.event_id)


async def test_with_nothing_to_send_nothing_is_done() -> None:
    desk = Desk(FakePostman(), status=Status.SENT)

    assert not await desk.deliver()


async def test_a_mail_goes_to_the_address_the_contact_has_now() -> None:
    desk = Desk(FakePostman())
    desk.store.contacts[desk.contact.id] = replace(desk.contact, email="nouveau@sceaux.example.org")

    await desk.deliver()

    assert [mail.to_address for mail in desk.postman.taken] == ["nouveau@sceaux.example.org"]


async def test_a_mail_put_off_is_tried_again_later_and_not_before() -> None:
    desk = Desk(FakePostman(DEFERRED))
    await desk.deliver()
    assert desk.now.due_at == TICK + timedelta(seconds=15)
    assert not await desk.deliver()

    desk.tick = TICK + timedelta(seconds=15)
    await desk.deliver()

    assert desk.attempts == [(1, Outcome.DEFERRED), (2, Outcome.ACCEPTED)]
    assert desk.said == [NotificationSent]


async def test_a_mail_refused_for_good_is_given_up_at_once() -> None:
    desk = Desk(FakePostman(REFUSED))

    await desk.deliver()

    assert (desk.now.status, desk.now.reason, desk.said) == (
        Status.FAILED,
        FailureReason.ADDRESS_REFUSED,
        [NotificationFailed],
    )


async def test_a_mail_put_off_too_often_is_given_up() -> None:
    desk = Desk(FakePostman(*[DEFERRED] * MOST_ATTEMPTS))
    for _ in range(MOST_ATTEMPTS):
        await desk.deliver()
        desk.tick += timedelta(hours=4)

    assert (desk.now.status, desk.now.attempts, desk.said) == (Status.FAILED, MOST_ATTEMPTS, [NotificationFailed])


async def test_what_is_said_of_a_failure_names_nobody() -> None:
    desk = Desk(FakePostman(*[DEFERRED] * MOST_ATTEMPTS))
    for _ in range(MOST_ATTEMPTS):
        await desk.deliver()
        desk.tick += timedelta(hours=4)

    assert desk.contact.email not in repr(desk.store.published)


async def test_a_crash_before_the_mail_leaves_delays_it_and_sends_it_once() -> None:
    desk = Desk(FakePostman(Crash()))
    await desk.crash()
    assert not await desk.deliver()

    desk.tick = TICK + LEASE
    await desk.deliver()

    assert len(desk.postman.taken) == 1
    assert desk.attempts == [(1, Outcome.UNKNOWN), (2, Outcome.ACCEPTED)]


async def test_a_crash_after_the_commit_sends_nothing_again() -> None:
    desk = Desk(FakePostman())
    await desk.deliver()

    desk.tick = TICK + 10 * LEASE
    assert not await desk.deliver()

    assert len(desk.postman.taken) == 1


async def test_a_crash_between_the_yes_of_the_server_and_the_commit_sends_again_by_the_same_id_and_says_it_once() -> (
    None
):
    desk = Desk(FakePostman(dies_after_taking=True))
    await desk.crash()

    desk.tick = TICK + LEASE
    await desk.deliver()

    assert desk.postman.taken == [desk.postman.taken[0]] * 2
    assert desk.said == [NotificationSent]


async def test_a_sender_that_keeps_dying_is_not_followed_for_ever() -> None:
    desk = Desk(FakePostman(*[Crash()] * MOST_ATTEMPTS))
    for _ in range(MOST_ATTEMPTS):
        await desk.crash()
        desk.tick += LEASE

    await desk.deliver()

    assert (desk.now.status, desk.said, desk.postman.taken) == (Status.FAILED, [NotificationFailed], [])


async def test_a_slow_sender_that_reports_late_is_believed_and_the_next_one_says_nothing_more() -> None:
    desk = Desk(FakePostman())

    class Overtaken(FakePostman):
        async def send(self, mail: object) -> str:
            desk.tick = TICK + LEASE
            await desk.deliver()
            return "2.0.0 Ok, at last"

    await deliver_next(DeliverNext(AT, TICK, luck=0.0), Beginner(desk.store), Overtaken())

    assert desk.attempts == [(1, Outcome.ACCEPTED), (2, Outcome.ACCEPTED)]
    assert desk.said == [NotificationSent]


async def test_a_slow_sender_that_fails_late_does_not_disturb_the_next_one() -> None:
    desk = Desk(FakePostman(Crash()))

    class Overtaken(FakePostman):
        async def send(self, mail: object) -> str:
            desk.tick = TICK + LEASE
            await desk.crash()
            raise REFUSED

    await deliver_next(DeliverNext(AT, TICK, luck=0.0), Beginner(desk.store), Overtaken())

    assert (desk.now.status, desk.now.attempts) == (Status.SENDING, 2)


async def test_a_person_erased_while_the_mail_leaves_is_not_written_down_again() -> None:
    desk = Desk(FakePostman())

    class Erasing(FakePostman):
        async def send(self, mail: object) -> str:
            await erase_contact(EraseContact(desk.contact.id), FakeWork(desk.store))
            return f"250 queued for {desk.contact.email}"

    await deliver_next(DeliverNext(AT, TICK, luck=0.0), Beginner(desk.store), Erasing())

    assert desk.contact.email not in repr(vars(desk.store))
    assert desk.now.status is Status.CANCELLED


async def test_a_contact_that_is_gone_cancels_the_mail() -> None:
    desk = Desk(FakePostman())
    desk.store.contacts.clear()

    assert await desk.deliver()

    assert (desk.now.status, desk.postman.taken) == (Status.CANCELLED, [])


def test_the_record_of_an_attempt_keeps_a_short_reply() -> None:
    delivery = Delivery(a_notification().id, 1, "a@example.org", AT)

    assert len(delivery.end(Outcome.DEFERRED, "x" * 10_000, at=AT).reply or "") == 500
