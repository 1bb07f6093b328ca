"""From a fact and a directory, in whatever order they come, to who is told."""

from datetime import timedelta

import pytest

from services.notifications.domain.audience import Addressee
from services.notifications.domain.delivery import Delivery
from services.notifications.domain.errors import NotificationNotFound
from services.notifications.domain.notification import Status
from services.notifications.domain.plan import NOBODY_CAME, PlanStatus
from services.notifications.usecases.abandon_plan import AbandonPlan, abandon_plan
from services.notifications.usecases.append_to_feed import AppendToFeed, append_to_feed
from services.notifications.usecases.erase_contact import EraseContact, erase_contact
from services.notifications.usecases.plan_notifications import PlanNotifications, plan_notifications
from services.notifications.usecases.read_notification import ReadNotification, read_notification
from services.notifications.usecases.update_contact import UpdateContact, update_contact
from shared.events.candidature import CandidatureStarted
from shared.events.selection import CommuneNotSelected, CommuneSelected
from shared.events.types import ContactFunction
from shared.kit.access import Scope
from tests.builders.notifications import (
    AT,
    COMMUNE,
    a_contact,
    a_fact,
    a_notification,
    a_plan,
    an_envelope,
    an_event,
)
from tests.fakes.notifications import FakeWork

OURS = frozenset({ContactFunction.REFERENT_AGENT})
AGENT = Addressee(COMMUNE, ContactFunction.REFERENT_AGENT)


def told(work: FakeWork) -> list[str]:
    return sorted(str(n.contact_id) for n in work.store.notifications.values())


async def test_who_holds_the_function_is_told() -> None:
    work, contact = FakeWork(), a_contact()
    await update_contact(UpdateContact(contact, AT), work)

    await plan_notifications(PlanNotifications(a_fact(), AT), work)

    assert told(work) == [str(contact.id)]


async def test_everyone_who_holds_the_function_is_told() -> None:
    work, contacts = FakeWork(), [a_contact(), a_contact()]
    for contact in contacts:
        await update_contact(UpdateContact(contact, AT), work)

    await plan_notifications(PlanNotifications(a_fact(), AT), work)

    assert told(work) == sorted(str(contact.id) for contact in contacts)


async def test_a_contact_that_comes_after_the_fact_is_told() -> None:
    work, contact = FakeWork(), a_contact()
    await plan_notifications(PlanNotifications(a_fact(), AT), work)

    await update_contact(UpdateContact(contact, AT + timedelta(hours=71)), work)

    assert told(work) == [str(contact.id)]


async def test_a_contact_that_comes_too_late_is_not_told() -> None:
    work = FakeWork()
    await plan_notifications(PlanNotifications(a_fact(), AT), work)

    await update_contact(UpdateContact(a_contact(), AT + timedelta(hours=73)), work)

    assert told(work) == []


async def test_a_plan_without_contact_has_a_deadline() -> None:
    work, fact = FakeWork(), a_fact()

    await plan_notifications(PlanNotifications(fact, AT), work)

    plan = a_plan(fact, AGENT)
    assert work.store.plans[plan.id] == plan
    assert work.store.deadlines[plan.id, NOBODY_CAME] == AT + timedelta(hours=72)


async def test_the_deadline_goes_when_somebody_comes() -> None:
    work, fact = FakeWork(), a_fact()
    await plan_notifications(PlanNotifications(fact, AT), work)

    await update_contact(UpdateContact(a_contact(), AT), work)

    assert (a_plan(fact, AGENT).id, NOBODY_CAME) not in work.store.deadlines


async def test_a_plan_nobody_came_for_is_abandoned_on_the_record() -> None:
    work, fact = FakeWork(), a_fact()
    await plan_notifications(PlanNotifications(fact, AT), work)
    plan = a_plan(fact, AGENT)

    await abandon_plan(AbandonPlan(plan.id), work)

    assert work.store.plans[plan.id].status is PlanStatus.ABANDONED


async def test_a_plan_that_found_somebody_is_not_abandoned() -> None:
    work, fact = FakeWork(), a_fact()
    await update_contact(UpdateContact(a_contact(), AT), work)
    await plan_notifications(PlanNotifications(fact, AT), work)
    plan = a_plan(fact, AGENT)

    await abandon_plan(AbandonPlan(plan.id), work)

    assert work.store.plans[plan.id].status is PlanStatus.ADDRESSED


async def test_a_contact_that_changes_is_not_told_twice() -> None:
    work, contact = FakeWork(), a_contact()
    await update_contact(UpdateContact(contact, AT), work)
    await plan_notifications(PlanNotifications(a_fact(), AT), work)

    await update_contact(UpdateContact(a_contact(id=contact.id, email="autre@sceaux.example.org"), AT), work)

    assert told(work) == [str(contact.id)]


async def test_two_facts_are_told_apart() -> None:
    work, contact = FakeWork(), a_contact()
    await update_contact(UpdateContact(contact, AT), work)

    for kind in (CommuneSelected, CommuneNotSelected):
        await plan_notifications(PlanNotifications(a_fact(an_event(kind, commune=COMMUNE)), AT), work)

    assert told(work) == [str(contact.id)] * 2


async def test_what_concerns_nobody_leaves_no_trace() -> None:
    work = FakeWork()

    await plan_notifications(PlanNotifications(a_fact(an_event(CandidatureStarted)), AT), work)

    assert work.store.plans == {}


async def test_an_erased_person_is_forgotten_everywhere() -> None:
    work, contact = FakeWork(), a_contact()
    notification = a_notification(contact, attempts=1, status=Status.SENT)
    work.store.contacts[contact.id] = contact
    work.store.notifications[notification.id] = notification
    work.store.deliveries[notification.id, 1] = Delivery(notification.id, 1, contact.email, AT, reply="250 for <agent>")

    await erase_contact(EraseContact(contact.id), work)

    assert contact.name not in repr(vars(work.store))
    assert contact.email not in repr(vars(work.store))
    assert work.store.deliveries[notification.id, 1].reply is None


async def test_an_erased_person_gets_nothing_more() -> None:
    work, contact = FakeWork(), a_contact()
    await update_contact(UpdateContact(contact, AT), work)
    await plan_notifications(PlanNotifications(a_fact(), AT), work)

    await erase_contact(EraseContact(contact.id), work)

    assert [n.status for n in work.store.notifications.values()] == [Status.CANCELLED]


async def test_a_notification_of_another_organisation_cannot_be_read() -> None:
    work, notification = FakeWork(), a_notification()
    work.store.notifications[notification.id] = notification

    with pytest.raises(NotificationNotFound):
        await read_notification(ReadNotification(notification.id, OURS, Scope.only("93001"), AT), work)


async def test_a_letter_to_a_function_one_does_not_stand_for_cannot_be_read() -> None:
    work, notification = FakeWork(), a_notification(a_contact(function=ContactFunction.PROGRAMME))
    work.store.notifications[notification.id] = notification

    with pytest.raises(NotificationNotFound):
        await read_notification(ReadNotification(notification.id, OURS, Scope.only(COMMUNE), AT), work)


async def test_a_reading_is_kept() -> None:
    work, notification = FakeWork(), a_notification()
    work.store.notifications[notification.id] = notification

    await read_notification(ReadNotification(notification.id, OURS, Scope.only(COMMUNE), AT), work)

    assert work.store.notifications[notification.id].read_at == AT


async def test_a_public_fact_enters_the_feed_as_a_cloudevent_without_what_partners_may_not_know() -> None:
    work, message = FakeWork(), an_envelope(an_event(CommuneSelected, commune=COMMUNE), sequence=3)

    await append_to_feed(AppendToFeed(message), work)

    [item] = work.store.feed.values()
    assert item.position == 1
    assert item.cloudevent == {
        "specversion": "1.0",
        "id": str(message.id),
        "source": "urn:qmi:service:selection",
        "type": "fr.metropolegrandparis.qmi.commune-selected.v1",
        "subject": str(message.subject),
        "time": "2024-03-08T09:00:00Z",
        "dataschema": "urn:qmi:schema:public:commune-selected.v1",
        "datacontenttype": "application/json",
        "sequence": "00000000000000000003",
        "correlationid": str(message.correlation_id),
        "data": message.data.model_dump(mode="json", include=set(CommuneSelected.public_fields)),
    }


async def test_what_is_not_public_stays_out_of_the_feed() -> None:
    work = FakeWork()

    await append_to_feed(AppendToFeed(an_envelope(an_event(CommuneNotSelected))), work)

    assert work.store.feed == {}
