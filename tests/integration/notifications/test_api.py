"""The API of the service: whose notifications, which deliveries, and the feed of partners."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.notifications.domain.notification import Notification, Status
from services.notifications.store.unit_of_work import SqlWork
from services.notifications.usecases.append_to_feed import AppendToFeed, append_to_feed
from shared.events.candidature import CandidatureSubmitted
from shared.events.selection import CommuneNotSelected, CommuneSelected
from shared.events.types import ContactFunction
from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.builders.notifications import AT, COMMUNE, a_contact, a_notification, a_plan, an_envelope, an_event
from tests.integration.notifications.conftest import Bearer

SERVICES = ("notifications",)
Begin = Callable[[], SqlWork]


async def stored(begin: Begin, *notifications: Notification) -> None:
    """As if these had been planned."""
    async with begin() as work:
        for notification in notifications:
            plan = replace(a_plan(), id=notification.plan_id).address()
            await work.plans.add(plan)
            await work.notifications.add_once(notification)


async def test_a_commune_reads_its_own_notifications_page_by_page(
    client: httpx.AsyncClient, bearer: Bearer, begin: Begin
) -> None:
    older, newer = a_notification(), a_notification(planned_at=AT + timedelta(hours=1))
    await stored(begin, older, newer, a_notification(a_contact(organisation="93001")))
    agent = bearer(Role.COMMUNE_AGENT, organisation=COMMUNE)

    first = (await client.get("/v1/notifications", params={"limit": 1}, headers=agent)).json()
    second = (await client.get("/v1/notifications", params={"limit": 1, "cursor": first["next"]}, headers=agent)).json()

    assert [item["id"] for item in first["items"] + second["items"]] == [str(newer.id), str(older.id)]
    assert second["next"] is None
    assert second["items"][0] == {
        "id": str(older.id),
        "event_id": str(older.event_id),
        "event_type": "commune-selected.v1",
        "function": "referent_agent",
        "subject": "Votre commune est lauréate",
        "text": "Bonjour,\n",
        "occurred_at": "2024-03-08T09:00:00Z",
        "planned_at": "2024-03-08T09:00:00Z",
        "read_at": None,
    }


async def test_a_notification_read_is_no_longer_unread(client: httpx.AsyncClient, bearer: Bearer, begin: Begin) -> None:
    notification = a_notification()
    await stored(begin, notification)
    agent = bearer(Role.COMMUNE_AGENT, organisation=COMMUNE)

    answers = [await client.post(f"/v1/notifications/{notification.id}/reading", headers=agent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await client.get("/v1/notifications?unread=true", headers=agent)).json()["items"] == []


async def test_a_notification_of_another_commune_is_not_there(
    client: httpx.AsyncClient, bearer: Bearer, begin: Begin
) -> None:
    notification = a_notification()
    await stored(begin, notification)
    other = bearer(Role.COMMUNE_AGENT, organisation="93001")

    theirs = await client.post(f"/v1/notifications/{notification.id}/reading", headers=other)
    nobodys = await client.post(f"/v1/notifications/{new_id()}/reading", headers=other)

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.json()["type"] == nobodys.json()["type"] == "urn:qmi:problem:not-found"


@pytest.mark.parametrize("role", [Role.JUROR, Role.PARTNER, Role.COMMITTEE_MEMBER])
async def test_what_the_programme_team_is_told_is_not_for_the_others_of_its_organisation(
    client: httpx.AsyncClient, bearer: Bearer, begin: Begin, role: Role
) -> None:
    contact = a_contact(organisation="metropole-grand-paris", function=ContactFunction.PROGRAMME)
    notification = a_notification(contact)
    await stored(begin, notification)
    colleague = bearer(role, organisation="metropole-grand-paris")
    team = bearer(Role.PROGRAMME, organisation="metropole-grand-paris")

    assert (await client.get("/v1/notifications", headers=colleague)).json()["items"] == []
    assert (await client.post(f"/v1/notifications/{notification.id}/reading", headers=colleague)).status_code == 404
    assert len((await client.get("/v1/notifications", headers=team)).json()["items"]) == 1


async def test_the_staff_finds_what_did_not_arrive(client: httpx.AsyncClient, bearer: Bearer, begin: Begin) -> None:
    failed = a_notification(status=Status.FAILED)
    await stored(begin, failed, a_notification(status=Status.SENT))
    staff = bearer(Role.PROGRAMME, organisation="paris-and-co")

    found = (await client.get("/v1/deliveries?status=failed", headers=staff)).json()

    assert [item["id"] for item in found["items"]] == [str(failed.id)]


@pytest.mark.parametrize(
    ("path", "role"),
    [("/v1/deliveries", Role.COMMUNE_AGENT), ("/v1/feed", Role.COMMUNE_AGENT), ("/v1/deliveries", Role.PARTNER)],
)
async def test_others_may_not(client: httpx.AsyncClient, bearer: Bearer, path: str, role: Role) -> None:
    assert (await client.get(path, headers=bearer(role, organisation=COMMUNE))).status_code == 403


async def test_nobody_without_a_token(client: httpx.AsyncClient) -> None:
    for path in ("/v1/notifications", "/v1/deliveries", "/v1/feed"):
        assert (await client.get(path)).status_code == 401


async def test_a_partner_follows_the_feed_from_the_beginning_and_resumes_where_it_was(
    client: httpx.AsyncClient, bearer: Bearer, begin: Begin
) -> None:
    partner = bearer(Role.PARTNER, organisation="institut-paris-region")
    heard = [an_envelope(an_event(kind)) for kind in (CandidatureSubmitted, CommuneNotSelected, CommuneSelected)]
    for message in heard[:2]:
        await append_to_feed(AppendToFeed(message), begin())

    first = await client.get("/v1/feed", params={"limit": 2}, headers=partner)
    nothing_new = await client.get(following(first), headers=partner)
    await append_to_feed(AppendToFeed(heard[2]), begin())
    then = await client.get(following(nothing_new), headers=partner)

    assert first.headers["content-type"] == "application/cloudevents-batch+json"
    assert [event["id"] for event in first.json()] == [str(heard[0].id)]
    assert nothing_new.json() == []
    assert [event["id"] for event in then.json()] == [str(heard[2].id)]


async def test_the_feed_is_read_by_an_independent_reader_of_cloudevents(
    client: httpx.AsyncClient, bearer: Bearer, begin: Begin
) -> None:
    from cloudevents.core.formats.json import JSONFormat
    from cloudevents.core.v1.event import CloudEvent

    message = an_envelope(an_event(CommuneSelected, commune=COMMUNE))
    await append_to_feed(AppendToFeed(message), begin())

    answer = await client.get("/v1/feed", headers=bearer(Role.PARTNER, organisation="institut-paris-region"))

    [event] = (JSONFormat().read(CloudEvent, json.dumps(one)) for one in answer.json())
    assert (event.get_id(), event.get_type(), event.get_subject()) == (
        str(message.id),
        "fr.metropolegrandparis.qmi.commune-selected.v1",
        str(message.subject),
    )


async def test_a_cursor_that_was_tampered_with_is_refused(client: httpx.AsyncClient, bearer: Bearer) -> None:
    partner = bearer(Role.PARTNER, organisation="institut-paris-region")
    cursor = parse_qs(urlsplit(following(await client.get("/v1/feed", headers=partner))).query)["cursor"][0]

    answer = await client.get(
        "/v1/feed", params={"cursor": f"A{cursor[1:]}" if cursor[0] != "A" else f"B{cursor[1:]}"}, headers=partner
    )

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:qmi:problem:invalid-cursor")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/feed?limit=0",
        "/v1/feed?limit=101",
        "/v1/feed?limit=x",
        "/v1/deliveries?status=lost",
        "/v1/notifications?unread=peut-être",
    ],
)
async def test_a_bad_parameter_is_named(client: httpx.AsyncClient, bearer: Bearer, path: str) -> None:
    answer = await client.get(path, headers=bearer(Role.PROGRAMME, organisation="paris-and-co"))

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:qmi:problem:validation-error")


async def test_every_route_has_a_rule_and_the_document_is_whole(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    feed = document["paths"]["/v1/feed"]["get"]["responses"]["200"]
    assert list(feed["content"]) == ["application/cloudevents-batch+json"]
    assert {"/v1/notifications", "/v1/notifications/{notification_id}/reading", "/v1/deliveries", "/v1/feed"} <= set(
        document["paths"]
    )


def following(answer: httpx.Response) -> str:
    """The address of what follows, as the Link header says."""
    link = answer.links["next"]
    assert link["rel"] == "next"
    return link["url"]
