"""Commune rounds over HTTP: interests declared, dossiers reviewed under seal, a decision under embargo, announced."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from services.selection.domain.errors import AdmittedTooLate, RoundAlreadyOpen
from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.builders.selection import a_call_closed
from tests.integration.selection.world import (
    World,
    a_candidature_admitted,
    a_candidature_withdrawn,
    a_ratification_body,
    a_review_body,
    done,
)

BEFORE = datetime.fromisoformat("2024-02-07T09:59:59+01:00")
ANNOUNCEMENT = datetime.fromisoformat("2024-02-07T10:00:00+01:00")


async def test_candidatures_join_their_round_whether_admitted_before_or_after_the_closing(world: World) -> None:
    round_ = await world.a_commune_round(["93001"])
    call_id = (await world.programme.get(round_.path)).json()["call_id"]
    await world.hears(a_candidature_admitted(new_id(), call_id, "91027"))

    listed = (await round_.member.get(f"{round_.path}/candidatures")).json()["items"]
    assert [line["commune"] for line in listed] == ["91027", "93001"]


async def test_a_member_sees_its_rounds_and_no_other(world: World) -> None:
    round_ = await world.a_commune_round()
    stranger = world.somebody(Role.COMMITTEE_MEMBER, "paris-and-co", new_id())

    mine = (await round_.member.get("/v1/commune-rounds")).json()["items"]
    assert [each["id"] for each in mine] == [str(round_.id)]
    assert (await stranger.get("/v1/commune-rounds")).json()["items"] == []
    assert (await stranger.get(round_.path)).status_code == 404


async def test_a_commune_sees_no_round_at_all(world: World) -> None:
    round_ = await world.a_commune_round()

    assert (await world.commune("93001").get(round_.path)).status_code == 403


async def test_nothing_is_read_before_every_declaration(world: World) -> None:
    round_ = await world.a_commune_round()

    refused = await round_.member.get(round_.of("93001"))

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:declaration-required")


async def test_scoring_ones_own_commune_is_refused_and_put_on_the_record(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.seat(round_.member, "93001")
    await round_.declare(round_.member)

    refused = await round_.member.put(f"{round_.of('93001')}/review", a_review_body())

    assert (refused.status_code, refused.json()["type"]) == (403, "urn:qmi:problem:conflict-of-interest")
    assert await world.on_record(round_.candidatures["93001"]) == ["conflict-of-interest"]


async def test_the_chair_lifts_a_conflict_with_a_reason(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.declare(round_.member, "93001")
    path = f"{round_.of('93001')}/conflicts/{round_.member.person}/lifting"

    assert (await round_.member.post(path, {"reason": "Sans rapport."})).status_code == 403
    assert (await round_.chair.post(path, {"reason": "Sans rapport."})).status_code == 204
    assert (await round_.member.get(round_.of("93001"))).status_code == 200


async def test_a_review_sent_ten_times_at_once_is_one(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.declare(round_.member)
    path = f"{round_.of('93001')}/review"

    answers = await asyncio.gather(*(round_.member.put(path, a_review_body(4)) for _ in range(10)))

    assert [(answer.status_code, answer.json()["number"]) for answer in answers] == [(200, 1)] * 10
    assert (await world.said(round_.id)).count("review-submitted.v1") == 1


async def test_a_review_is_replaced_until_the_unsealing(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.declare(round_.member)
    path = f"{round_.of('93001')}/review"

    numbers = [(await round_.member.put(path, a_review_body(score))).json()["number"] for score in (1, 2, 2)]

    assert numbers == [1, 2, 2]
    assert (await round_.member.get(round_.of("93001"))).json()["review"]["marks"]["teams"]["score"] == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (a_review_body(6), "off_scale"),
        (a_review_body(-1), "greater_than_equal"),
        (a_review_body("5"), "literal_error"),
        (a_review_body(scores={"teams": 3}, justifications={"teams": "Oui."}), "missing"),
        (a_review_body(justifications={}), "missing"),
        (a_review_body(scores={}), "too_short"),
        (a_review_body(member_id="0"), "extra_forbidden"),
        (a_review_body(justifications={"unknown": "Pourquoi."}), "justification_without_score"),
        (a_review_body(scores={"teams\u202e": 3}, justifications={}), "string_pattern_mismatch"),
    ],
)
async def test_a_review_off_the_scale_or_incomplete_is_refused(world: World, body: dict[str, Any], code: str) -> None:
    round_ = await world.a_commune_round()
    await round_.declare(round_.member)

    refused = await round_.member.put(f"{round_.of('93001')}/review", body)

    assert refused.status_code == 422
    assert code in [error["code"] for error in refused.json()["errors"]]


async def test_a_stranger_does_not_review(world: World) -> None:
    round_ = await world.a_commune_round()
    stranger = world.somebody(Role.COMMITTEE_MEMBER, "paris-and-co", new_id())

    refused = await stranger.put(f"{round_.of('93001')}/review", a_review_body())

    assert (refused.status_code, refused.json()["type"]) == (403, "urn:qmi:problem:not-a-member")


async def test_scores_stay_sealed_for_everybody_until_the_unsealing(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.reviewed()

    for caller in (round_.chair, round_.member, world.programme):
        for path in (f"{round_.path}/ranking", f"{round_.of('93001')}/reviews"):
            refused = await caller.get(path)
            assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:scores-sealed")


async def test_unsealing_while_reviews_are_missing_takes_the_chair_and_a_reason(world: World) -> None:
    round_ = await world.a_commune_round()
    path = f"{round_.path}/unsealing"

    assert (await world.programme.post(path, {"reason": "Le temps presse."})).status_code == 409
    assert (await round_.chair.post(path, {})).status_code == 409
    assert (await round_.member.post(path, {"reason": "Le temps presse."})).status_code == 403
    assert (await round_.chair.post(path, {"reason": "Le temps presse."})).status_code == 204


async def test_nothing_is_scored_after_the_unsealing(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()

    refused = await round_.member.put(f"{round_.of('93001')}/review", a_review_body())

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:reviews-closed")


async def test_the_ranking_shows_means_and_order(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()

    ranking = (await round_.member.get(f"{round_.path}/ranking")).json()

    shown = [(each["commune"], each["rank"], each["mean"]) for each in ranking["standings"]]
    assert shown == [("93001", 1, 5.0), ("91027", 2, 3.0), ("94033", 3, 1.0)]
    assert (ranking["agreement"], ranking["missing"]) == (1.0, 0)


async def test_passing_the_quota_takes_a_written_reason(world: World) -> None:
    communes = ["93001", "91027", "94033", "95018", "92040"]
    round_ = await world.a_commune_round(communes)
    done(await round_.chair.post(f"{round_.path}/unsealing", {"reason": "Essai."}))
    body = {
        "selected": [str(each) for each in round_.candidatures.values()],
        "reasons": {str(each): ["Motif inventé."] for each in round_.candidatures.values()},
        "present": [str(round_.chair.person), str(round_.member.person)],
        "minutes": "CR",
    }

    refused = await round_.chair.post(f"{round_.path}/recommendation", body)
    accepted = await round_.chair.post(f"{round_.path}/recommendation", {**body, "over_quota_reason": "Qualité."})

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:over-quota-reason-required")
    assert accepted.status_code == 204


async def test_a_forgotten_candidature_is_named(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()

    refused = await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation(not_selected=[]))

    assert (refused.status_code, [e["code"] for e in refused.json()["errors"]]) == (422, ["missing"])


async def test_a_step_out_of_order_says_which_ones_are_possible(world: World) -> None:
    round_ = await world.a_commune_round()

    refused = await world.programme.post(f"{round_.path}/ratification", a_ratification_body())

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:invalid-state")
    assert refused.json()["allowed"] == ["unsealed"]


async def test_an_admission_after_the_recommendation_leaves_the_round_as_it_is(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    done(await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation()))
    call_id = (await world.programme.get(round_.path)).json()["call_id"]

    with pytest.raises(AdmittedTooLate):
        await world.hears(a_candidature_admitted(new_id(), call_id, "95018"))


async def test_until_the_announcement_nothing_tells_a_commune_anything(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    done(await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation()))
    done(await world.programme.post(f"{round_.path}/ratification", a_ratification_body()))

    await world.at(BEFORE)

    for commune, candidature_id in round_.candidatures.items():
        assert (await world.commune(commune).get(f"/v1/commune-results/{candidature_id}")).status_code == 404
        assert await world.events(candidature_id) == []
    named = [str(each) for each in round_.candidatures.values()]
    late = (await world.events(round_.id))[-2:]
    assert [event["type"].split(".")[-2:] for event in late] == [
        ["recommendation-adopted", "v1"],
        ["recommendation-ratified", "v1"],
    ]
    assert not any(each in str(late) for each in named)


async def test_a_commune_that_gave_up_before_the_announcement_is_told_nothing(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    done(await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation()))
    done(await world.programme.post(f"{round_.path}/ratification", a_ratification_body()))
    call_id = (await world.programme.get(round_.path)).json()["call_id"]
    await world.hears(a_candidature_withdrawn(round_.candidatures["93001"], call_id, "93001"))

    await world.at(ANNOUNCEMENT)

    assert await world.said(round_.candidatures["93001"]) == []
    assert (await world.events(round_.id))[-1]["selected"] == 0


async def test_a_commune_that_gave_up_is_not_to_be_recommended(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    call_id = (await world.programme.get(round_.path)).json()["call_id"]
    await world.hears(a_candidature_withdrawn(round_.candidatures["94033"], call_id, "94033"))

    refused = await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation())
    accepted = await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation(not_selected=[]))

    assert (refused.status_code, [e["code"] for e in refused.json()["errors"]]) == (422, ["unknown"])
    assert accepted.status_code == 204


async def test_somebody_said_to_be_present_who_has_no_seat_is_named(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    body = round_.recommendation(present=[str(round_.chair.person), str(new_id())])

    refused = await round_.chair.post(f"{round_.path}/recommendation", body)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:unknown-member")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/present/1"]


async def test_candidatures_are_read_page_by_page(world: World) -> None:
    round_ = await world.a_commune_round()

    first = (await round_.member.get(f"{round_.path}/candidatures", params={"limit": 2})).json()
    second = (
        await round_.member.get(f"{round_.path}/candidatures", params={"limit": 2, "cursor": first["next"]})
    ).json()

    listed = [line["commune"] for page in (first, second) for line in page["items"]]
    assert (listed, second["next"]) == (["91027", "93001", "94033"], None)


async def test_the_clock_announces_every_outcome_at_once(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    done(await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation()))
    done(await world.programme.post(f"{round_.path}/ratification", a_ratification_body()))

    await world.at(ANNOUNCEMENT)

    assert (await world.said(round_.id))[-1] == "round-announced.v1"
    assert [await world.said(each) for each in round_.candidatures.values()] == [
        ["commune-selected.v1"],
        ["commune-waitlisted.v1"],
        ["commune-not-selected.v1"],
    ]


async def test_a_commune_reads_its_own_result_and_no_other(world: World) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    done(await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation()))
    done(await world.programme.post(f"{round_.path}/ratification", a_ratification_body()))
    await world.at(ANNOUNCEMENT)
    mine, other = round_.candidatures["91027"], round_.candidatures["93001"]

    result = (await world.commune("91027").get(f"/v1/commune-results/{mine}")).json()

    assert (result["outcome"], result["rank"], result["reasons"]) == ("waitlisted", 1, ["Motif inventé."])
    assert (await world.commune("91027").get(f"/v1/commune-results/{other}")).status_code == 404
    listed = (await world.commune("91027").get("/v1/commune-results", params={"limit": 100})).json()["items"]
    assert {each["commune"] for each in listed} == {"91027"}


@pytest.mark.parametrize("announce_at", ["2024-01-01T10:00:00+01:00", "2024-02-07", "9999-12-31T23:59:59Z", 1707296400])
async def test_an_impossible_announcement_is_refused(world: World, announce_at: object) -> None:
    round_ = await world.a_commune_round()
    await round_.unsealed()
    done(await round_.chair.post(f"{round_.path}/recommendation", round_.recommendation()))

    refused = await world.programme.post(f"{round_.path}/ratification", a_ratification_body(announce_at=announce_at))

    assert refused.status_code == 422


async def test_a_call_closed_twice_opens_one_round(world: World) -> None:
    round_ = await world.a_commune_round(["93001"])
    call_id = (await world.programme.get(round_.path)).json()["call_id"]

    with pytest.raises(RoundAlreadyOpen):
        await world.hears(a_call_closed(call_id=call_id))
