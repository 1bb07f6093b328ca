"""Experiments over HTTP: prepared by those concerned, launched when nothing is missing, followed, evaluated, shared."""

import asyncio
from datetime import datetime

from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.builders.experiments import COMMUNE, HOLDER, METROPOLE
from tests.integration.experiments.world import (
    LAUNCH,
    SIGNING,
    World,
    a_protocol_body,
    a_report_body,
    a_signature_body,
    a_site_body,
    an_evaluation_body,
)

RESOURCE = {"kind": "public_space", "description": "Six places de stationnement"}
AGREEMENT_OVER = datetime.fromisoformat("2026-03-01T00:00:00+01:00")


async def test_an_experiment_lives_from_planned_to_evaluated(world: World) -> None:
    path = await world.evaluated()

    experiment = (await world.agent.get(path)).json()

    assert experiment["status"] == "evaluated"
    assert await world.said(experiment["id"]) == [
        "experiment-planned.v1",
        "structuring-started.v1",
        "protocol-registered.v1",
        "site-chosen.v1",
        "experiment-ready.v1",
        "experiment-launched.v1",
        "field-reported.v1",
        "experiment-completed.v1",
        "experiment-evaluated.v1",
    ]


async def test_a_refused_launch_names_everything_that_is_missing(world: World) -> None:
    path = await world.planned()
    request = await world.holder.post(f"{path}/resources", RESOURCE, key=str(new_id()))

    refused = await world.programme.post(f"{path}/launch")

    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "urn:qmi:problem:not-ready")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
        ("/agreement", "agreement-missing"),
        ("/protocol", "protocol-missing"),
        ("/site", "site-missing"),
        (f"/resources/{request.json()['id']}", "resource-not-granted"),
    ]
    assert (await world.agent.get(path)).json()["missing"] == problem["errors"]


async def test_an_experiment_planned_before_its_agreement_is_bound_by_it(world: World) -> None:
    path = await world.planned()
    before = (await world.agent.get(path)).json()["agreement"]

    agreement_id = await world.selected()

    assert before == {"id": agreement_id, "status": None}
    assert (await world.agent.get(path)).json()["agreement"] == {"id": agreement_id, "status": "draft"}


async def test_the_last_signature_makes_ready_what_waited_for_it(world: World) -> None:
    path = await world.prepared()
    waiting = (await world.agent.get(path)).json()

    await world.bound()

    ready = (await world.agent.get(path)).json()
    assert [item["code"] for item in waiting["missing"]] == ["agreement-missing"]
    assert (waiting["status"], ready["status"], ready["missing"]) == ("protocol_registered", "ready", [])


async def test_an_agreement_that_expires_takes_the_readiness_away(world: World) -> None:
    await world.bound()
    path = await world.prepared()

    await world.at(AGREEMENT_OVER)

    experiment = (await world.agent.get(path)).json()
    assert experiment["status"] == "protocol_registered"
    assert [item["code"] for item in experiment["missing"]] == ["agreement-not-in-force"]


async def test_the_commune_grants_what_the_holder_requests(world: World) -> None:
    await world.bound()
    path = await world.prepared()
    request = await world.holder.post(f"{path}/resources", RESOURCE, key=str(new_id()))
    grant = f"{path}/resources/{request.json()['id']}/grant"

    assert (await world.agent.get(path)).json()["status"] == "protocol_registered"
    assert [(await who.post(grant)).status_code for who in (world.programme, world.holder, world.stranger)] == [
        403,
        403,
        404,
    ]
    await world.agent.done(grant)

    experiment = (await world.agent.get(path)).json()
    assert (experiment["status"], experiment["resources"][0]["status"]) == ("ready", "granted")
    assert (await world.agent.post(grant)).json()["type"] == "urn:qmi:problem:request-closed"


async def test_a_request_is_made_once_however_often_it_is_sent(world: World) -> None:
    path, key = await world.planned(), str(new_id())

    first = await world.holder.post(f"{path}/resources", RESOURCE, key=key)
    again = await world.holder.post(f"{path}/resources", RESOURCE, key=key)

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert len((await world.agent.get(path)).json()["resources"]) == 1


async def test_a_withdrawn_request_does_not_delay_the_launch(world: World) -> None:
    path = await world.planned()
    request = await world.holder.post(f"{path}/resources", RESOURCE, key=str(new_id()))

    await world.holder.done(f"{path}/resources/{request.json()['id']}/withdrawal")

    codes = [item["code"] for item in (await world.agent.get(path)).json()["missing"]]
    assert "resource-not-granted" not in codes


async def test_a_protocol_changed_before_the_launch_is_seen_as_a_change(world: World) -> None:
    path = await world.prepared()

    await world.holder.replaced(path, "protocol", a_protocol_body(method="Relevés horaires."))

    versions = (await world.agent.get(f"{path}/protocol/versions")).json()["versions"]
    current = (await world.agent.get(f"{path}/protocol")).json()
    assert [(version["version"], version["method"]) for version in versions] == [
        (2, "Relevés horaires."),
        (1, "Relevés quotidiens."),
    ]
    assert current == versions[0]


async def test_the_protocol_and_the_site_are_frozen_by_the_launch(world: World) -> None:
    path = await world.running()
    version = (await world.programme.get(path)).json()["version"]

    protocol = await world.programme.put(f"{path}/protocol", a_protocol_body(method="Autre."), version)
    site = await world.programme.put(f"{path}/site", a_site_body(name="Ailleurs"), version)

    assert (protocol.status_code, protocol.json()["type"]) == (409, "urn:qmi:problem:protocol-frozen")
    assert (site.status_code, site.json()["type"]) == (409, "urn:qmi:problem:site-frozen")


async def test_a_stale_reader_changes_nothing(world: World) -> None:
    path = await world.planned()
    await world.agent.replaced(path, "site", a_site_body())

    assert (await world.programme.put(f"{path}/site", a_site_body(name="Ailleurs"), 1)).status_code == 412
    assert (await world.programme.put(f"{path}/site", a_site_body(name="Ailleurs"), None)).status_code == 428
    assert (await world.agent.get(path)).json()["site"]["name"] == "Place inventée"


async def test_two_people_who_read_the_same_version_do_not_overwrite_each_other(world: World) -> None:
    path = await world.planned()

    sites = [world.programme.put(f"{path}/site", a_site_body(name=f"Place {n}"), 1) for n in range(10)]
    statuses = sorted([response.status_code for response in await asyncio.gather(*sites)])

    assert statuses == [204, *[412] * 9]


async def test_ten_launches_at_once_are_one(world: World) -> None:
    await world.bound()
    path = await world.prepared()
    await world.at(LAUNCH)

    answers = await asyncio.gather(*(world.programme.post(f"{path}/launch") for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [204, *[409] * 9]
    assert (await world.said(path.rsplit("/", 1)[1])).count("experiment-launched.v1") == 1


async def test_the_last_signature_and_the_last_preparation_at_once_leave_nothing_waiting(world: World) -> None:
    agreement = await world.sent()
    await world.metropole.done(f"{agreement}/signatures", a_signature_body(METROPOLE))
    path = await world.planned()
    await world.programme.done(f"{path}/structuring")
    await world.agent.replaced(path, "site", a_site_body())
    await world.at(SIGNING)

    answers = await asyncio.gather(
        world.signatory.post(f"{agreement}/signatures", a_signature_body(COMMUNE)),
        world.programme.put(f"{path}/protocol", a_protocol_body(), 3),
    )

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await world.agent.get(path)).json()["status"] == "ready"


async def test_field_reports_are_listed_latest_first(world: World) -> None:
    path = await world.running()
    await world.at(datetime.fromisoformat("2024-10-20T10:00:00+02:00"))
    for day, who in (("2024-10-02", world.holder), ("2024-10-09", world.agent)):
        written = await who.post(f"{path}/field-reports", a_report_body(reported_on=day), key=str(new_id()))
        assert written.status_code == 201

    first = (await world.agent.get(f"{path}/field-reports", params={"limit": 1})).json()
    query = {"limit": 1, "cursor": first["next"]}
    rest = (await world.agent.get(f"{path}/field-reports", params=query)).json()

    shown = [(row["reported_on"], row["organisation"]) for row in first["items"] + rest["items"]]
    assert shown == [("2024-10-09", "93001"), ("2024-10-02", HOLDER)]


async def test_a_report_needs_its_idempotency_key(world: World) -> None:
    path = await world.running()

    refused = await world.holder.post(f"{path}/field-reports", a_report_body())

    assert (refused.status_code, refused.json()["type"]) == (400, "urn:qmi:problem:idempotency-key-required")


async def test_a_report_before_the_launch_is_refused(world: World) -> None:
    path = await world.running()

    refused = await world.holder.post(
        f"{path}/field-reports", a_report_body(reported_on="2024-09-30"), key=str(new_id())
    )

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "before-launch")


async def test_an_experiment_pauses_resumes_and_stops_with_reasons(world: World) -> None:
    path = await world.running()

    await world.programme.done(f"{path}/pause", {"reason": "Travaux."})
    paused = (await world.agent.get(path)).json()
    await world.programme.done(f"{path}/resumption")
    await world.programme.done(f"{path}/stop", {"reason": "Panne."})

    stopped = (await world.agent.get(path)).json()
    assert (paused["status"], paused["reason"]) == ("paused", "Travaux.")
    assert (stopped["status"], stopped["reason"]) == ("stopped", "Panne.")


async def test_a_claim_points_to_reports_of_this_experiment(world: World) -> None:
    path = await world.running()
    await world.programme.done(f"{path}/completion")
    version = (await world.programme.get(path)).json()["version"]

    refused = await world.programme.put(f"{path}/evaluation", an_evaluation_body(str(new_id())), version)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/effectiveness/reports/0")


async def test_an_experiment_is_seen_by_its_commune_its_holder_and_the_programme(world: World) -> None:
    path = await world.planned()
    other = world.somebody(Role.INNOVATOR, "siret:00000000000000")
    callers = (world.agent, world.holder, world.programme, world.metropole, world.stranger, other)

    statuses = [(await caller.get(path)).status_code for caller in callers]
    listed = [
        len((await caller.get("/v1/experiments", params={"edition": world.edition})).json()["items"])
        for caller in callers
    ]

    assert statuses == [200, 200, 200, 200, 404, 404]
    assert listed == [1, 1, 1, 1, 0, 0]


async def test_results_reach_every_laureate_commune_and_no_other(world: World) -> None:
    path = await world.evaluated()
    await world.selected("91027")
    laureate = world.somebody(Role.COMMUNE_AGENT, "91027")
    candidate = world.somebody(Role.COMMUNE_AGENT, "92012")
    query = {"edition": world.edition}

    shared = (await laureate.get("/v1/results", params=query)).json()["items"]
    refused = await candidate.get("/v1/results", params=query)

    assert [(row["experiment_id"], row["evaluation"]["conclusion"]) for row in shared] == [
        (path.rsplit("/", 1)[1], "conclusive")
    ]
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:qmi:problem:laureates-only")


async def test_what_is_not_there_yet_is_not_found(world: World) -> None:
    path = await world.planned()

    assert (await world.agent.get(f"{path}/protocol")).status_code == 404
    assert (await world.agent.get(f"{path}/evaluation")).status_code == 404
    assert (await world.agent.get(f"{path}/protocol/versions")).json() == {"versions": []}
