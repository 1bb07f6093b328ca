"""Project rounds over HTTP: scores, interests, computed scenarios, and the one people adopt."""

import asyncio
from typing import Any

import pytest

from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.integration.selection.world import World, done


async def test_nineteen_projects_go_six_six_and_seven(world: World) -> None:
    round_ = await world.a_project_round(19)
    await round_.scored()
    scenario_id = await round_.proposed()

    scenario = (await round_.chair.get(f"{round_.path}/allocations/{scenario_id}")).json()

    assert sorted(scenario["projects"].values()) == [6, 6, 7]
    assert (scenario["optimal"], scenario["shortage"], scenario["unallocated"]) == (True, 0, [])


async def test_proposals_are_read_page_by_page(world: World) -> None:
    round_ = await world.a_project_round(3)

    first = (await round_.juror.get(f"{round_.path}/proposals", params={"limit": 2})).json()
    second = (await round_.juror.get(f"{round_.path}/proposals", params={"limit": 2, "cursor": first["next"]})).json()

    listed = [line["id"] for page in (first, second) for line in page["items"]]
    assert (listed, second["next"]) == (sorted(str(each) for each in round_.proposals), None)


async def test_a_shortage_is_shown_commune_by_commune(world: World) -> None:
    round_ = await world.a_project_round(3)
    await round_.scored()
    scenario_id = await round_.proposed()

    scenario = (await world.programme.get(f"{round_.path}/allocations/{scenario_id}")).json()

    assert (sum(scenario["shortages"].values()), scenario["shortage"], scenario["min"]) == (15, 15, 6)


async def test_a_scenario_is_computed_once_per_idempotency_key(world: World) -> None:
    round_ = await world.a_project_round(2)
    await round_.scored()
    key = str(new_id())

    first = await round_.juror.post(f"{round_.path}/allocations", {}, key=key)
    again = await round_.juror.post(f"{round_.path}/allocations", {}, key=key)

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert len((await round_.juror.get(f"{round_.path}/allocations")).json()["items"]) == 1


async def test_the_interest_of_a_commune_counts(world: World) -> None:
    round_ = await world.a_project_round(1)
    await round_.scored()
    done(await world.commune("93001").put(f"{round_.of(0)}/interest", {"interest": 5}))
    scenario_id = await round_.proposed(min=0, max=1)

    scenario = (await round_.juror.get(f"{round_.path}/allocations/{scenario_id}")).json()

    assert [pair["commune"] for pair in scenario["pairs"]] == ["93001"]


async def test_imposed_and_excluded_pairs_are_kept(world: World) -> None:
    round_ = await world.a_project_round(2)
    await round_.scored()
    first, second = (str(each) for each in round_.proposals)
    scenario_id = await round_.proposed(
        min=0,
        frozen=[{"proposal_id": first, "commune": "91027"}],
        incompatible=[{"proposal_id": second, "commune": "94033"}],
        capacity={"91027": 1},
    )

    scenario = (await round_.juror.get(f"{round_.path}/allocations/{scenario_id}")).json()

    homes = {pair["proposal_id"]: pair["commune"] for pair in scenario["pairs"]}
    assert homes == {first: "91027", second: "93001"}


@pytest.mark.parametrize(
    "body",
    [
        {"min": 3, "max": 2},
        {"min": -1},
        {"max": 2.5},
        {"capacity": {"75056": 1}},
        {"capacity": {"75101x": 1}},
        {"frozen": [{"proposal_id": "0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40", "commune": "93001"}]},
        {"solver": "glpk"},
    ],
)
async def test_contradictory_parameters_are_refused(world: World, body: dict[str, Any]) -> None:
    round_ = await world.a_project_round(1)
    await round_.scored()

    refused = await round_.juror.post(f"{round_.path}/allocations", body, key=str(new_id()))

    assert refused.status_code == 422


async def test_no_allocation_before_every_proposal_has_a_score(world: World) -> None:
    round_ = await world.a_project_round(1)

    refused = await round_.juror.post(f"{round_.path}/allocations", {}, key=str(new_id()))

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:proposals-not-scored")


@pytest.mark.parametrize("score", [6, -1, 2.5, "3", None, True])
async def test_a_score_off_the_scale_is_refused(world: World, score: object) -> None:
    round_ = await world.a_project_round(1)

    refused = await round_.juror.put(f"{round_.of(0)}/score", {"score": score, "comment": "Mûr."})

    assert refused.status_code == 422


async def test_a_declared_conflict_bars_scoring_on_the_record(world: World) -> None:
    round_ = await world.a_project_round(1)
    done(await round_.juror.put(f"{round_.of(0)}/declaration", {"conflict": True, "reason": "Un contrat."}))

    refused = await round_.juror.put(f"{round_.of(0)}/score", {"score": 5, "comment": "Mûr."})

    assert (refused.status_code, refused.json()["type"]) == (403, "urn:qmi:problem:conflict-of-interest")
    assert await world.on_record(round_.proposals[0]) == ["interests.declare", "conflict-of-interest"]


async def test_a_commune_outside_the_wave_sees_nothing(world: World) -> None:
    round_ = await world.a_project_round(1)
    outsider = world.commune("95018")

    assert (await outsider.get(round_.path)).status_code == 404
    assert (await outsider.get(f"{round_.path}/proposals")).status_code == 404
    assert (await outsider.put(f"{round_.of(0)}/interest", {"interest": 5})).status_code == 404


async def test_a_commune_of_the_wave_sees_proposals_without_scores(world: World) -> None:
    round_ = await world.a_project_round(1)
    await round_.scored()
    done(await world.commune("91027").put(f"{round_.of(0)}/interest", {"interest": 2}))

    (line,) = (await world.commune("91027").get(f"{round_.path}/proposals")).json()["items"]

    assert (line["scores"], line["own_score"], line["interests"]) == ([], None, {"91027": 2})


async def test_a_commune_sees_no_scenario(world: World) -> None:
    round_ = await world.a_project_round(1)

    assert (await world.commune("91027").get(f"{round_.path}/allocations")).status_code == 403


async def test_the_adoption_tells_every_proposal_its_fate(world: World) -> None:
    round_ = await world.a_project_round(4)
    await round_.scored()
    scenario_id = await round_.proposed(min=1, max=1)

    adopted = await round_.chair.post(f"{round_.path}/adoption", {"scenario_id": scenario_id, "reason": "Le meilleur."})

    said = sorted([event for each in round_.proposals for event in await world.said(each)])
    assert adopted.status_code == 204
    assert said == ["project-allocated.v1"] * 3 + ["proposal-not-retained.v1"]
    assert (await world.said(round_.id))[-1] == "allocation-adopted.v1"


async def test_results_are_for_those_they_concern(world: World) -> None:
    round_ = await world.a_project_round(1)
    await round_.scored()
    body = {"scenario_id": await round_.proposed(min=0), "reason": "Le meilleur."}
    done(await world.programme.post(f"{round_.path}/adoption", body))
    holder = world.somebody(Role.INNOVATOR, "siret:12345678200002")

    for caller, sees in ((world.commune("94033"), True), (world.commune("91027"), False), (holder, True)):
        listed = (await caller.get("/v1/project-results", params={"limit": 100})).json()["items"]
        assert (str(round_.proposals[0]) in [each["proposal_id"] for each in listed]) is sees


async def test_a_scenario_overtaken_by_a_new_score_is_not_adopted(world: World) -> None:
    round_ = await world.a_project_round(1)
    await round_.scored(3)
    scenario_id = await round_.proposed(min=0)
    await round_.scored(5)

    refused = await round_.chair.post(f"{round_.path}/adoption", {"scenario_id": scenario_id, "reason": "Le meilleur."})

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:scenario-outdated")


async def test_a_juror_does_not_adopt_alone(world: World) -> None:
    round_ = await world.a_project_round(1)
    await round_.scored()
    body = {"scenario_id": await round_.proposed(min=0), "reason": "Le meilleur."}

    assert (await round_.juror.post(f"{round_.path}/adoption", body)).status_code == 403


async def test_a_score_given_while_an_allocation_is_adopted_comes_before_it_or_not_at_all(world: World) -> None:
    for _ in range(5):
        round_ = await world.a_project_round(1)
        await round_.scored(3)
        body = {"scenario_id": await round_.proposed(min=0), "reason": "Le meilleur."}

        adopted, scored = await asyncio.gather(
            round_.chair.post(f"{round_.path}/adoption", body),
            round_.juror.put(f"{round_.of(0)}/score", {"score": 5, "comment": "Mûr."}),
        )

        assert (adopted.status_code, scored.status_code) in {(204, 409), (409, 200)}


async def test_an_allocation_is_adopted_once(world: World) -> None:
    round_ = await world.a_project_round(1)
    await round_.scored()
    body = {"scenario_id": await round_.proposed(min=0), "reason": "Le meilleur."}

    statuses = [(await round_.chair.post(f"{round_.path}/adoption", body)).status_code for _ in range(2)]

    assert statuses == [204, 409]
