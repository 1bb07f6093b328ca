"""Agreements over HTTP and by the clock: drafted on the award, sent, signed by each for itself, in force, expired."""

import asyncio
import hashlib
from datetime import datetime

from shared.kit.access import Role
from tests.builders.experiments import COMMUNE, METROPOLE
from tests.integration.experiments.world import SIGNING, World, a_signature_body

DUE = datetime.fromisoformat("2024-03-06T23:59:59+01:00")
JUST_BEFORE = datetime.fromisoformat("2024-03-06T23:59:50+01:00")
LAST_SECOND = datetime.fromisoformat("2026-02-28T23:59:50+01:00")
OVER = datetime.fromisoformat("2026-02-28T23:59:59+01:00")


async def test_the_agreement_of_a_laureate_is_drafted_on_the_award(world: World) -> None:
    agreement_id = await world.selected()

    agreement = (await world.agent.get(f"/v1/agreements/{agreement_id}")).json()

    assert agreement["status"] == "draft"
    assert (agreement["due_on"], agreement["ends_in"]) == ("2024-03-06", "2026-02")
    assert [party["organisation"] for party in agreement["parties"]] == [METROPOLE, COMMUNE]


async def test_the_last_signature_brings_it_into_force(world: World) -> None:
    path = await world.bound()

    agreement = (await world.agent.get(path)).json()

    assert (agreement["status"], agreement["in_force_from"]) == ("in_force", "2024-02-27")
    assert await world.said(agreement["id"]) == [
        "agreement-drafted.v1",
        "agreement-sent.v1",
        "agreement-signed.v1",
        "agreement-signed.v1",
        "agreement-entered-into-force.v1",
    ]


async def test_the_text_is_fixed_by_its_hash_when_it_is_sent(world: World) -> None:
    agreement_id = await world.selected()
    path = f"/v1/agreements/{agreement_id}"
    draft = (await world.agent.get(f"{path}/text")).json()

    await world.programme.done(f"{path}/sending")

    text = (await world.agent.get(f"{path}/text")).json()
    assert draft == {"content": text["content"], "digest": None}
    assert text["digest"] == hashlib.sha256(text["content"].encode()).hexdigest()
    assert (await world.agent.get(path)).json()["digest"] == text["digest"]
    assert (await world.last_event(agreement_id))["digest"] == text["digest"]


async def test_a_party_signs_once(world: World) -> None:
    path = await world.sent()
    await world.signatory.done(f"{path}/signatures", a_signature_body(COMMUNE))

    again = await world.signatory.post(f"{path}/signatures", a_signature_body(COMMUNE))

    assert (again.status_code, again.json()["type"]) == (409, "urn:qmi:problem:already-signed")


async def test_twenty_signatures_of_one_party_at_once_are_one(world: World) -> None:
    path = await world.sent()

    attempts = [world.signatory.post(f"{path}/signatures", a_signature_body(COMMUNE)) for _ in range(20)]
    statuses = sorted([response.status_code for response in await asyncio.gather(*attempts)])

    assert statuses == [204, *[409] * 19]
    assert (await world.said(path.rsplit("/", 1)[1])).count("agreement-signed.v1") == 1


async def test_each_signs_for_its_own_party(world: World) -> None:
    path = await world.sent()
    body = a_signature_body(COMMUNE)
    other = world.somebody(Role.COMMUNE_SIGNATORY, "94033")

    answers = [
        (await world.programme.post(f"{path}/signatures", body)).status_code,
        (await world.signatory.post(f"{path}/signatures", a_signature_body(METROPOLE))).status_code,
        (await world.agent.post(f"{path}/signatures", body)).status_code,
        (await other.post(f"{path}/signatures", a_signature_body("94033"))).status_code,
        (await world.programme.post(f"{path}/signatures", a_signature_body(METROPOLE))).status_code,
    ]

    assert answers == [403, 403, 403, 404, 403]


async def test_a_draft_is_not_signed(world: World) -> None:
    path = f"/v1/agreements/{await world.selected()}"
    await world.at(SIGNING)

    refused = await world.signatory.post(f"{path}/signatures", a_signature_body(COMMUNE))

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:invalid-state")


async def test_a_signature_without_authority_is_refused(world: World) -> None:
    path = await world.sent()
    body = a_signature_body(COMMUNE)
    del body["authority"]

    refused = await world.signatory.post(f"{path}/signatures", body)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/authority")


async def test_a_delegation_is_an_authority(world: World) -> None:
    path = await world.sent()
    delegation = {"given_by": "le Maire", "delegation_number": "ARR-1", "delegation_date": "2024-01-10"}

    await world.signatory.done(f"{path}/signatures", a_signature_body(COMMUNE, authority=delegation))

    (signature,) = (await world.agent.get(path)).json()["signatures"]
    assert (signature["given_by"], signature["body"], signature["number"]) == ("le Maire", None, "ARR-1")


async def test_the_clock_records_the_lapse_at_the_end_of_the_due_day(world: World) -> None:
    path = await world.sent()
    await world.at(JUST_BEFORE)
    before = (await world.agent.get(path)).json()

    await world.at(DUE)

    after = (await world.agent.get(path)).json()
    assert (before["overdue"], after["overdue"], after["status"]) == (False, True, "sent")
    assert (await world.said(after["id"]))[-1] == "agreement-overdue.v1"


async def test_an_overdue_agreement_may_still_be_signed(world: World) -> None:
    path = await world.sent()
    await world.at(DUE)

    for caller, party in ((world.metropole, METROPOLE), (world.signatory, COMMUNE)):
        await caller.done(f"{path}/signatures", a_signature_body(party, signed_on="2024-03-06"))

    assert (await world.agent.get(path)).json()["status"] == "in_force"


async def test_an_agreement_in_force_is_never_overdue(world: World) -> None:
    path = await world.bound()

    await world.at(DUE)

    assert (await world.agent.get(path)).json()["overdue"] is False


async def test_it_expires_in_the_last_second_of_its_month(world: World) -> None:
    path = await world.bound()
    await world.at(LAST_SECOND)
    before = (await world.agent.get(path)).json()["status"]

    await world.at(OVER)

    assert (before, (await world.agent.get(path)).json()["status"]) == ("in_force", "expired")


async def test_an_agreement_is_abandoned_before_it_is_in_force(world: World) -> None:
    path = await world.sent()

    await world.programme.done(f"{path}/abandonment", {"reason": "La commune renonce."})

    agreement = (await world.agent.get(path)).json()
    assert (agreement["status"], agreement["abandoned_for"]) == ("abandoned", "La commune renonce.")


async def test_a_commune_sees_its_own_agreement_only(world: World) -> None:
    path = f"/v1/agreements/{await world.selected()}"
    edition = {"edition": world.edition}

    assert (await world.agent.get(path)).status_code == 200
    assert (await world.stranger.get(path)).status_code == 404
    assert (await world.stranger.get(f"{path}/text")).status_code == 404
    assert len((await world.agent.get("/v1/agreements", params=edition)).json()["items"]) == 1
    assert (await world.stranger.get("/v1/agreements", params=edition)).json()["items"] == []


async def test_agreements_are_listed_page_by_page(world: World) -> None:
    for commune in ("94033", COMMUNE, "91027"):
        await world.selected(commune)

    first = (await world.programme.get("/v1/agreements", params={"edition": world.edition, "limit": 2})).json()
    query = {"edition": world.edition, "limit": 2, "cursor": first["next"]}
    rest = (await world.programme.get("/v1/agreements", params=query)).json()

    assert [row["commune"] for row in first["items"] + rest["items"]] == ["91027", COMMUNE, "94033"]
    assert rest["next"] is None


async def test_the_terms_of_an_edition_name_its_parties_and_its_end(world: World) -> None:
    path = f"/v1/editions/{world.edition}/agreement-terms"
    usual = await world.programme.get(path)
    operator = {"organisation": "paris-and-co", "name": "Paris&Co", "represented_by": "sa Direction générale"}
    institutions = [*usual.json()["institutions"], operator]

    decided = await world.programme.put(path, {"institutions": institutions, "ends_in": "2024-06"}, 0)

    agreement_id = await world.selected()
    agreement = (await world.agent.get(f"/v1/agreements/{agreement_id}")).json()
    assert (usual.headers["etag"], decided.status_code, decided.headers["etag"]) == ('"0"', 204, '"1"')
    assert [party["organisation"] for party in agreement["parties"]] == [METROPOLE, "paris-and-co", COMMUNE]
    assert agreement["ends_in"] == "2024-06"


async def test_terms_that_somebody_else_has_changed_are_refused(world: World) -> None:
    path = f"/v1/editions/{world.edition}/agreement-terms"
    await world.programme.put(path, {"ends_in": "2024-06"}, 0)

    assert (await world.programme.put(path, {"ends_in": "2024-07"}, 0)).status_code == 412
    assert (await world.programme.put(path, {"ends_in": "2024-07"}, None)).status_code == 428
    assert (await world.agent.get(path)).status_code == 403
