"""A notification is sent with patience, or given up in the open."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications.domain.backoff import MOST_ATTEMPTS, wait_after
from services.notifications.domain.notification import Notification, Status
from shared.events.notifications import NotificationFailed, NotificationSent
from shared.events.types import Channel, FailureReason
from shared.kit.refusals import InvalidState
from tests.builders.notifications import AT, TICK, a_contact, a_fact, a_notification, a_plan

LEASE = timedelta(minutes=2)
LATER = AT + timedelta(hours=1)


def a_claimed_one() -> Notification:
    return a_notification().claim(tick=TICK, lease=LEASE)


def test_one_event_for_one_person_is_always_the_same_notification() -> None:
    contact, plan = a_contact(), a_plan(a_fact())

    assert a_notification(contact, plan).id == a_notification(contact, plan).id


def test_claiming_counts_the_attempt_and_takes_a_lease() -> None:
    before = a_notification()

    claimed = before.claim(tick=TICK, lease=LEASE)

    assert claimed == replace(before, status=Status.SENDING, attempts=1, leased_until=TICK + LEASE)


def test_an_accepted_mail_is_sent_and_said() -> None:
    claimed = a_claimed_one()

    sent, event = claimed.accept(at=LATER)

    assert sent == replace(claimed, status=Status.SENT, settled_at=LATER, leased_until=None)
    assert event == NotificationSent(
        notification_id=claimed.id,
        event_id=claimed.event_id,
        about_type="commune-selected.v1",
        contact_id=claimed.contact_id,
        channel=Channel.EMAIL,
        sent_at=LATER,
    )


def test_a_mail_that_did_not_leave_waits_longer_each_time() -> None:
    postponed = a_claimed_one().postpone(FailureReason.UNREACHABLE, tick=TICK, luck=0.0)

    assert (postponed.status, postponed.due_at) == (Status.PENDING, TICK + timedelta(seconds=15))


def test_a_mail_given_up_is_said_with_its_reason_and_its_attempts() -> None:
    claimed = a_claimed_one()

    failed, event = claimed.give_up(FailureReason.ADDRESS_REFUSED, at=LATER)

    assert failed.status is Status.FAILED
    assert event == NotificationFailed(
        notification_id=claimed.id,
        event_id=claimed.event_id,
        about_type="commune-selected.v1",
        contact_id=claimed.contact_id,
        channel=Channel.EMAIL,
        reason=FailureReason.ADDRESS_REFUSED,
        attempts=1,
        failed_at=LATER,
    )


def test_a_dead_senders_notification_can_be_claimed_again() -> None:
    assert a_claimed_one().claim(tick=TICK, lease=LEASE).attempts == 2


def test_a_sender_given_up_for_dead_may_still_say_that_its_mail_left() -> None:
    postponed = a_claimed_one().postpone(FailureReason.UNREACHABLE, tick=TICK, luck=0.0)

    assert postponed.accept(at=LATER)[0].status is Status.SENT


def test_attempts_run_out() -> None:
    assert a_notification(attempts=MOST_ATTEMPTS).exhausted


def test_what_waits_for_an_erased_person_never_leaves() -> None:
    forgotten = a_claimed_one().forget()

    assert (forgotten.status, forgotten.letter) == (Status.CANCELLED, None)


def test_what_was_sent_to_an_erased_person_stays_sent_without_its_letter() -> None:
    sent, _ = a_claimed_one().accept(at=LATER)

    assert sent.forget() == replace(sent, letter=None)


def test_the_first_reading_counts() -> None:
    assert a_notification().read(at=AT).read(at=LATER).read_at == AT


@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED, Status.CANCELLED])
def test_what_is_settled_is_not_sent_again(status: Status) -> None:
    with pytest.raises(InvalidState):
        a_notification(status=status).claim(tick=TICK, lease=LEASE)


@pytest.mark.parametrize(
    ("attempt", "longest"),
    [
        (1, timedelta(seconds=30)),
        (2, timedelta(minutes=2)),
        (5, timedelta(hours=2, minutes=8)),
        (40, timedelta(hours=4)),
    ],
)
def test_the_wait_grows_and_is_capped(attempt: int, longest: timedelta) -> None:
    assert (wait_after(attempt, 0.0), wait_after(attempt, 1.0)) == (longest / 2, longest)
