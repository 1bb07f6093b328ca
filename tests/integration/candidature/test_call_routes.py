"""Calls over HTTP: prepared, published, opened and closed by the clock."""

from uuid import uuid4

from shared.kit.access import Role
from tests.integration.candidature.world import AFTERWARDS, World, a_call_body, a_project_call_body


async def test_a_call_is_published_and_opens_and_closes_by_the_clock(world: World) -> None:
    call_id = await world.open_call()

    await world.at(AFTERWARDS)

    assert await world.said(call_id) == ["call-published.v1", "call-opened.v1", "call-closed.v1"]


async def test_a_day_alone_opens_at_midnight_and_closes_in_its_last_second(world: World) -> None:
    created = await world.programme.post("/v1/calls", a_call_body(opens_at="2023-10-23", closes_at="2024-01-12"))

    call = (await world.programme.get(f"/v1/calls/{created.json()['id']}")).json()

    assert (call["opens_at"], call["closes_at"]) == ("2023-10-22T22:00:00Z", "2024-01-12T22:59:59Z")


async def test_a_draft_is_for_the_programme_team_alone(world: World) -> None:
    created = await world.programme.post("/v1/calls", a_call_body())
    path = f"/v1/calls/{created.json()['id']}"

    assert (await world.programme.get(path)).status_code == 200
    assert (await world.agent.get(path)).status_code == 404


async def test_a_draft_can_be_revised_with_the_version_that_was_read(world: World) -> None:
    path = f"/v1/calls/{(await world.programme.post('/v1/calls', a_call_body())).json()['id']}"

    revised = await world.programme.send("PATCH", path, {"quota": 6, "notify_on": None}, 1)

    call = (await world.programme.get(path)).json()
    assert (revised.status_code, revised.headers["etag"]) == (204, '"2"')
    assert (call["quota"], call["notify_on"], call["title"]) == (6, None, "Appel à manifestation d'intérêt")


async def test_a_stale_revision_is_refused(world: World) -> None:
    path = f"/v1/calls/{(await world.programme.post('/v1/calls', a_call_body())).json()['id']}"
    await world.programme.send("PATCH", path, {"quota": 6}, 1)

    assert (await world.programme.send("PATCH", path, {"quota": 7}, 1)).status_code == 412
    assert (await world.programme.send("PATCH", path, {"quota": 7}, None)).status_code == 428


async def test_null_is_refused_where_a_value_is_needed(world: World) -> None:
    path = f"/v1/calls/{(await world.programme.post('/v1/calls', a_call_body())).json()['id']}"

    refused = await world.programme.send("PATCH", path, {"title": None}, 1)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/title")


async def test_a_published_call_is_no_longer_revised(world: World) -> None:
    call_id = await world.open_call()

    refused = await world.programme.send("PATCH", f"/v1/calls/{call_id}", {"quota": 6}, 3)

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:invalid-state")


async def test_an_edition_has_one_call_to_communes(world: World) -> None:
    call_id = await world.open_call()
    edition = (await world.programme.get(f"/v1/calls/{call_id}")).json()["edition"]
    second = (await world.programme.post("/v1/calls", a_call_body(edition=edition))).json()["id"]

    refused = await world.programme.post(f"/v1/calls/{second}/publication", key=None)

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:call-already-exists")


async def test_a_call_is_published_once(world: World) -> None:
    call_id = await world.open_call()

    refused = await world.programme.post(f"/v1/calls/{call_id}/publication", key=None)

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:invalid-state")


async def test_a_wave_names_only_members_and_the_successor_of_one_that_merged(world: World) -> None:
    body = a_project_call_body(closes_at="2025-02-01", notify_on=None, communes=["93059"], challenges=[])

    refused = await world.programme.post("/v1/calls", body)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:unknown-commune")
    assert "93066" in refused.json()["errors"][0]["message"]


async def test_a_call_that_closes_before_it_opens_is_refused(world: World) -> None:
    refused = await world.programme.post("/v1/calls", a_call_body(closes_at="2023-01-12", notify_on=None))

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:invalid-call")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/closes_at"]


async def test_dates_that_do_not_exist_are_refused(world: World) -> None:
    for moment in ("2023-02-29", "10000-01-01", "2023-10-23T24:00:01Z", "2023-10-23T10:00:00", "0001-01-01", 5):
        refused = await world.programme.post("/v1/calls", a_call_body(opens_at=moment))
        assert (moment, refused.status_code) == (moment, 422)
        assert refused.json()["errors"][0]["pointer"] == "/opens_at"


async def test_only_the_programme_team_prepares_calls(world: World) -> None:
    assert (await world.agent.post("/v1/calls", a_call_body())).status_code == 403
    assert (await world.somebody(Role.METROPOLE, "mgp").post("/v1/calls", a_call_body())).status_code == 403


async def test_an_unknown_call_is_not_found(world: World) -> None:
    assert (await world.agent.get(f"/v1/calls/{uuid4()}")).status_code == 404


async def test_calls_are_listed_page_by_page_newest_first(world: World) -> None:
    first = await world.open_call()
    edition = (await world.agent.get(f"/v1/calls/{first}")).json()["edition"]
    second = await world.open_project_call(edition=edition)

    page = (await world.agent.get("/v1/calls", params={"edition": edition, "limit": 1})).json()
    cursor = {"edition": edition, "limit": 1, "cursor": page["next"]}
    last = (await world.agent.get("/v1/calls", params=cursor)).json()

    assert [item["id"] for item in (*page["items"], *last["items"])] == [second, first]
    assert last["next"] is None


async def test_a_dossier_keeps_the_questions_it_started_with(world: World) -> None:
    call_id = await world.open_call()
    before = await world.started(call_id)
    questions = [{"key": "site", "section": "your_project", "label": "Où ?"}]
    version = (await world.programme.get(f"/v1/calls/{call_id}")).json()["version"]

    asked = await world.programme.send("PUT", f"/v1/calls/{call_id}/questions", {"questions": questions}, version)

    after = await world.started(call_id, world.somebody(organisation="92071"))
    old = await world.agent.get(f"/v1/candidatures/{before}/completeness")
    new = await world.somebody(organisation="92071").get(f"/v1/candidatures/{after}/completeness")
    assert asked.status_code == 204
    assert "form.challenge" in [check["rule"] for check in old.json()["checks"]]
    assert [check["rule"] for check in new.json()["checks"] if check["rule"].startswith("form.")] == ["form.site"]


async def test_the_same_creation_twice_makes_one_call(world: World) -> None:
    body = a_call_body()

    first = await world.programme.post("/v1/calls", body, key="same")
    again = await world.programme.post("/v1/calls", body, key="same")

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotency-replayed"] == "true"


async def test_closing_tells_how_many_dossiers_came_in_and_drafts_lapse(world: World) -> None:
    call_id = await world.open_call()
    sent, draft = await world.submitted(call_id), await world.started(call_id, world.somebody(organisation="92071"))

    await world.at(AFTERWARDS)

    assert (await world.events(call_id))[-1]["data"]["submitted"] == 1
    assert (await world.said(sent))[-1] == "candidature-submitted.v1"
    assert (await world.said(draft))[-1] == "candidature-lapsed.v1"
