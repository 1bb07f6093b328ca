"""Dossiers over HTTP: from the first autosave to the admission, and who sees what meanwhile."""

import asyncio
from datetime import timedelta

from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.integration.candidature.world import AFTERWARDS, DEADLINE, DURING, World


async def test_a_commune_starts_one_dossier_per_call(world: World) -> None:
    call_id = await world.open_call()
    candidature_id = await world.started(call_id)

    again = await world.agent.post("/v1/candidatures", {"call_id": call_id})

    assert (again.status_code, again.json()["type"]) == (409, "urn:qmi:problem:already-candidate")
    assert await world.said(candidature_id) == ["candidature-started.v1"]


async def test_a_commune_outside_the_metropole_cannot_start(world: World) -> None:
    call_id = await world.open_call()

    for commune in ("78646", "75101", "paris-and-co"):
        refused = await world.somebody(organisation=commune).post("/v1/candidatures", {"call_id": call_id})
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:unknown-commune")


async def test_a_commune_that_merged_is_told_its_successor(world: World) -> None:
    call_id = await world.open_call(closes_at="2025-02-01", notify_on=None)

    refused = await world.somebody(organisation="93059").post("/v1/candidatures", {"call_id": call_id})

    assert "Saint-Denis, de code 93066" in refused.json()["detail"]


async def test_nothing_starts_before_the_opening_nor_after_the_closing(world: World) -> None:
    early = await world.open_call(opens_at="2023-12-15")
    refused_early = await world.agent.post("/v1/candidatures", {"call_id": early})
    await world.at(AFTERWARDS)
    refused_late = await world.agent.post("/v1/candidatures", {"call_id": early})

    assert (refused_early.status_code, refused_early.json()["type"]) == (409, "urn:qmi:problem:round-not-open")
    assert (refused_late.status_code, refused_late.json()["type"]) == (409, "urn:qmi:problem:round-closed")


async def test_answers_are_saved_as_they_come(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"

    await world.agent.change(f"{path}/form", {"answers": {"challenge": "Rafraîchir.", "themes": "Eau"}})
    await world.agent.change(f"{path}/form", {"answers": {"themes": None}})

    assert (await world.agent.get(path)).json()["answers"] == {"challenge": "Rafraîchir."}


async def test_two_agents_never_overwrite_each_other(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"
    await world.agent.send("PATCH", f"{path}/form", {"answers": {"challenge": "Le premier."}}, 1)

    stale = await world.agent.send("PATCH", f"{path}/form", {"answers": {"challenge": "Le second."}}, 1)

    assert (stale.status_code, stale.json()["type"]) == (412, "urn:qmi:problem:precondition-failed")
    assert (await world.agent.get(path)).json()["answers"] == {"challenge": "Le premier."}


async def test_an_autosave_whose_answer_was_lost_can_be_sent_again(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"
    answers = {"answers": {"challenge": "Rafraîchir."}}
    await world.agent.send("PATCH", f"{path}/form", answers, 1)

    again = await world.agent.send("PATCH", f"{path}/form", answers, 1)

    assert (again.status_code, again.headers["etag"]) == (204, '"2"')


async def test_the_commune_sees_who_changed_what(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"
    await world.agent.change(f"{path}/form", {"answers": {"challenge": "Rafraîchir."}})

    changes = (await world.agent.get(f"{path}/changes")).json()["items"]

    assert [(change["version"], change["parts"]) for change in changes] == [(2, ["answers.challenge"]), (1, ["start"])]
    assert {change["actor"] for change in changes} == {"commune_agent-93001"}


async def test_an_answer_to_a_question_not_asked_is_refused(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"

    refused = await world.agent.send("PATCH", f"{path}/form", {"answers": {"score": "5"}}, 1)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/answers/score")


async def test_a_team_is_made_of_contacts_of_the_commune(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"
    stranger = await world.somebody(organisation="92071").contact()

    refused = await world.agent.send("PUT", f"{path}/team", {"referent_agent": stranger}, 1)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:unknown-contact")
    assert refused.json()["errors"][0]["pointer"] == "/referent_agent"


async def test_a_support_rests_on_a_document_of_the_dossier(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"
    support = {"partner_name": "Bailleur inventé", "partner_kind": "landlord", "document_id": str(new_id())}

    refused = await world.agent.post(f"{path}/supports", support)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:unknown-document")


async def test_the_report_says_what_is_missing_and_how_to_mend_it(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"

    report = (await world.agent.get(f"{path}/completeness")).json()

    missing = {check["rule"]: check["remedy"] for check in report["checks"] if not check["met"]}
    assert report["complete"] is False
    assert missing["team.elected_referent"] == "Désignez un élu référent parmi vos contacts."


async def test_a_complete_dossier_is_submitted(world: World) -> None:
    candidature_id = await world.submitted()

    dossier = (await world.agent.get(f"/v1/candidatures/{candidature_id}")).json()

    assert dossier["status"] == "submitted"
    assert await world.said(candidature_id) == ["candidature-started.v1", "candidature-submitted.v1"]


async def test_an_incomplete_dossier_is_not_submitted_and_says_why(world: World) -> None:
    candidature_id = await world.started()

    refused = await world.agent.post(f"/v1/candidatures/{candidature_id}/submission", key=None)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:dossier-incomplete")
    assert "documents.mayor_commitment" in [error["code"] for error in refused.json()["errors"]]


async def test_a_dossier_with_an_unscanned_file_is_not_submitted(world: World) -> None:
    candidature_id = await world.completed()
    await world.agent.upload(f"/v1/candidatures/{candidature_id}", "other")

    refused = await world.agent.post(f"/v1/candidatures/{candidature_id}/submission", key=None)

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:documents-not-scanned")


async def test_the_last_second_is_in_time_and_the_next_is_not(world: World) -> None:
    call_id = await world.open_call()
    in_time, late = await world.completed(call_id), await world.completed(call_id, "92071")

    await world.at(DEADLINE)
    sent = await world.agent.post(f"/v1/candidatures/{in_time}/submission", key=None)
    await world.at(DEADLINE + timedelta(seconds=1))
    refused = await world.somebody(organisation="92071").post(f"/v1/candidatures/{late}/submission", key=None)

    assert sent.status_code == 204
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:round-closed")


async def test_many_submissions_at_once_make_one_event(world: World) -> None:
    candidature_id = await world.completed()
    path = f"/v1/candidatures/{candidature_id}/submission"

    answers = await asyncio.gather(*(world.agent.post(path, key=None) for _ in range(40)))

    assert sorted({answer.status_code for answer in answers}) == [204, 409]
    assert [answer.status_code for answer in answers].count(204) == 1
    assert await world.said(candidature_id) == ["candidature-started.v1", "candidature-submitted.v1"]


async def test_a_sent_dossier_cannot_be_changed_until_it_is_reopened(world: World) -> None:
    candidature_id = await world.submitted()
    path = f"/v1/candidatures/{candidature_id}"
    version = (await world.agent.get(path)).json()["version"]

    refused = await world.agent.send("PATCH", f"{path}/form", {"answers": {"themes": "Eau"}}, version)
    await world.agent.post(f"{path}/reopening", key=None)
    await world.agent.change(f"{path}/form", {"answers": {"themes": "Eau"}})
    again = await world.agent.post(f"{path}/submission", key=None)

    assert (refused.status_code, refused.json()["type"], again.status_code) == (
        409,
        "urn:qmi:problem:invalid-state",
        204,
    )
    assert (await world.said(candidature_id))[1:] == [
        "candidature-submitted.v1",
        "candidature-reopened.v1",
        "candidature-submitted.v1",
    ]


async def test_a_commune_withdraws_before_a_decision(world: World) -> None:
    candidature_id = await world.submitted()

    withdrawn = await world.agent.post(f"/v1/candidatures/{candidature_id}/withdrawal", key=None)
    again = await world.agent.post(f"/v1/candidatures/{candidature_id}/withdrawal", key=None)

    assert (withdrawn.status_code, again.status_code) == (204, 409)
    assert (await world.said(candidature_id))[-1] == "candidature-withdrawn.v1"


async def test_staff_see_a_draft_only_when_the_commune_shares_it(world: World) -> None:
    path = f"/v1/candidatures/{await world.started()}"
    hidden = await world.programme.get(path)

    await world.agent.change(f"{path}/sharing", {"shared": True}, method="PUT")

    assert (hidden.status_code, (await world.programme.get(path)).status_code) == (404, 200)


async def test_another_commune_sees_nothing_of_a_dossier(world: World) -> None:
    candidature_id = await world.submitted()
    other = world.somebody(organisation="92071")
    path = f"/v1/candidatures/{candidature_id}"
    document = (await world.agent.get(f"{path}/documents")).json()["items"][0]["id"]

    reads = ("", "/changes", "/completeness", "/documents", f"/documents/{document}", f"/documents/{document}/content")
    for part in reads:
        assert (part, (await other.get(path + part)).status_code) == (part, 404)
    for act in ("submission", "reopening", "withdrawal"):
        assert (act, (await other.post(f"{path}/{act}", key=None)).status_code) == (act, 404)
    assert (await other.send("PATCH", f"{path}/form", {"answers": {"themes": "Eau"}}, 1)).status_code == 404
    assert (await other.put_file(path, b"%PDF-1.7")).status_code == 404
    listed = (await other.get("/v1/candidatures", params={"limit": 100})).json()["items"]
    assert candidature_id not in [item["id"] for item in listed]


async def test_innovators_have_no_business_with_dossiers(world: World) -> None:
    candidature_id = await world.submitted()

    assert (await world.innovator.get(f"/v1/candidatures/{candidature_id}")).status_code == 403
    assert (
        await world.agent.post(f"/v1/candidatures/{candidature_id}/admission", {"admitted": True})
    ).status_code == 403


async def test_a_dossier_is_admitted_on_its_deadline_verdict(world: World) -> None:
    candidature_id = await world.submitted()
    path = f"/v1/candidatures/{candidature_id}/admission"
    too_early = await world.programme.post(path, {"admitted": True}, key=None)
    await world.at(AFTERWARDS)

    admitted = await world.programme.post(path, {"admitted": True}, key=None)

    verdict = admitted.json()
    assert (too_early.status_code, too_early.json()["type"]) == (409, "urn:qmi:problem:round-still-open")
    assert (admitted.status_code, verdict["favourable"], verdict["membership_date"]) == (200, True, "2024-01-12")
    assert (await world.said(candidature_id))[-1] == "candidature-admitted.v1"


async def test_the_verdict_can_be_computed_again_and_keeps_nothing(world: World) -> None:
    candidature_id = await world.submitted()
    path = f"/v1/candidatures/{candidature_id}"

    verdict = (await world.programme.get(f"{path}/verdict")).json()

    assert (verdict["on_time"], verdict["complete"], verdict["eligible"]) == (True, True, True)
    assert (await world.agent.get(path)).json()["verdict"] is None


async def test_a_dossier_is_turned_away_with_reasons(world: World) -> None:
    candidature_id = await world.submitted()
    await world.at(AFTERWARDS)
    path = f"/v1/candidatures/{candidature_id}"

    silent = await world.programme.post(f"{path}/admission", {"admitted": False}, key=None)
    refused = await world.programme.post(f"{path}/admission", {"admitted": False, "reasons": ["Non signé."]}, key=None)

    dossier = (await world.agent.get(path)).json()
    assert (silent.status_code, silent.json()["type"]) == (422, "urn:qmi:problem:reasons-required")
    assert (refused.status_code, dossier["status"], dossier["reasons"]) == (200, "inadmissible", ["Non signé."])


async def test_sectors_and_supports_can_be_given_up(world: World) -> None:
    candidature_id = await world.completed()
    path = f"/v1/candidatures/{candidature_id}"
    dossier = (await world.agent.get(path)).json()
    sector, support = dossier["sectors"][0]["id"], dossier["supports"][0]["id"]

    await world.agent.change(f"{path}/sectors/{sector}", None, method="DELETE")
    await world.agent.change(f"{path}/supports/{support}", None, method="DELETE")

    dossier = (await world.agent.get(path)).json()
    assert (dossier["sectors"], dossier["supports"]) == ([], [])


async def test_dossiers_are_listed_by_call_and_status(world: World) -> None:
    call_id = await world.open_call()
    sent = await world.submitted(call_id)
    await world.started(call_id, world.somebody(organisation="92071"))

    seen = (await world.programme.get("/v1/candidatures", params={"call_id": call_id})).json()["items"]
    drafts = (await world.agent.get("/v1/candidatures", params={"call_id": call_id, "status": "draft"})).json()

    assert [(item["id"], item["status"]) for item in seen] == [(sent, "submitted")]
    assert drafts["items"] == []


async def test_every_role_of_the_commune_may_write(world: World) -> None:
    await world.at(DURING)
    call_id = await world.open_call()
    signatory = world.somebody(Role.COMMUNE_SIGNATORY)

    assert (await signatory.post("/v1/candidatures", {"call_id": call_id})).status_code == 201
