"""Proposals and contacts over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from services.candidature.store.states import current_states
from shared.events.contacts import ContactChanged
from shared.kit.access import Role
from tests.integration.candidature.world import AFTERWARDS, World, a_contact_body, a_proposal_body


async def _proposed(world: World, **changes: Any) -> str:
    call_id = await world.open_project_call()
    created = await world.innovator.post("/v1/proposals", a_proposal_body(call_id, **changes))
    assert created.status_code == 201, created.text
    return f"/v1/proposals/{created.json()['id']}"


async def test_a_proposal_is_sent_and_admitted(world: World) -> None:
    path = await _proposed(world)

    sent = await world.innovator.post(f"{path}/submission", key=None)
    admitted = await world.programme.post(f"{path}/admission", {"admitted": True}, key=None)

    assert (sent.status_code, admitted.status_code) == (204, 204)
    assert await world.said(path.rpartition("/")[2]) == ["proposal-submitted.v1", "proposal-admitted.v1"]
    assert (await world.innovator.get(path)).json()["status"] == "admitted"


async def test_a_proposal_is_completed_step_by_step(world: World) -> None:
    path = await _proposed(world, solution="", themes=[], maturity=None)
    refused = await world.innovator.post(f"{path}/submission", key=None)

    changes = {"solution": "Des ombrières.", "themes": ["eau"], "maturity": "deployed"}
    revised = await world.innovator.send("PATCH", path, changes, 1)

    assert [error["pointer"] for error in refused.json()["errors"]] == ["/solution", "/themes", "/maturity"]
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:proposal-incomplete")
    assert (revised.status_code, (await world.innovator.get(path)).json()["themes"]) == (204, ["eau"])
    assert (await world.innovator.post(f"{path}/submission", key=None)).status_code == 204


async def test_a_proposal_cannot_be_sent_after_the_closing(world: World) -> None:
    path = await _proposed(world)
    await world.at(AFTERWARDS)

    refused = await world.innovator.post(f"{path}/submission", key=None)

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:round-closed")


async def test_a_wrong_siret_is_refused_by_name(world: World) -> None:
    call_id = await world.open_project_call()
    for siret in ("12345678200003", "1234567820000", "١٢٣٤٥٦٧٨٢٠٠٠٠٢"):
        body = a_proposal_body(call_id, holder={"name": "X", "legal_form": "sme", "siret": siret})
        refused = await world.innovator.post("/v1/proposals", body)
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:invalid-siret")


async def test_a_foreign_holder_gives_its_own_identifier(world: World) -> None:
    holder = {"name": "Atelier inventé", "legal_form": "designer", "country": "BE", "national_id": "0123.456.789"}

    path = await _proposed(world, holder=holder)

    assert (await world.innovator.get(path)).json()["holder"]["country"] == "BE"


async def test_only_communes_of_the_wave_can_be_ranked(world: World) -> None:
    call_id = await world.open_project_call()

    refused = await world.innovator.post("/v1/proposals", a_proposal_body(call_id, ranked_communes=["92071"]))

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/ranked_communes/0")


async def test_an_innovator_sees_its_own_proposals_only(world: World) -> None:
    path = await _proposed(world)
    other = world.somebody(Role.INNOVATOR, "siret:35600000000048")

    assert (await other.get(path)).status_code == 404
    assert (await other.post(f"{path}/submission", key=None)).status_code == 404
    assert (await world.programme.get(path)).status_code == 404
    assert (await world.agent.get(path)).status_code == 403
    assert path.rpartition("/")[2] not in (await other.get("/v1/proposals")).text


async def test_the_operator_may_bring_a_solution_it_has_found(world: World) -> None:
    call_id = await world.open_project_call()
    body = a_proposal_body(call_id, origin="sourced", organisation="siret:12345678200002")

    created = await world.programme.post("/v1/proposals", body)
    nameless = await world.programme.post("/v1/proposals", a_proposal_body(call_id))

    proposal = (await world.innovator.get(f"/v1/proposals/{created.json()['id']}")).json()
    assert (proposal["origin"], proposal["organisation"]) == ("sourced", "siret:12345678200002")
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (422, "/organisation")


async def test_a_proposal_is_turned_away_with_reasons(world: World) -> None:
    path = await _proposed(world)
    await world.innovator.post(f"{path}/submission", key=None)

    silent = await world.programme.post(f"{path}/admission", {"admitted": False}, key=None)
    refused = await world.programme.post(f"{path}/admission", {"admitted": False, "reasons": ["Hors sujet."]}, key=None)

    assert (silent.status_code, refused.status_code) == (422, 204)
    assert (await world.innovator.get(path)).json()["reasons"] == ["Hors sujet."]
    assert (await world.said(path.rsplit("/", 1)[1]))[-1] == "proposal-found-inadmissible.v1"


async def test_a_contact_is_told_to_the_notifications(world: World) -> None:
    contact_id = str(uuid4())
    path = f"/v1/contacts/{contact_id}"

    saved = await world.agent.send("PUT", path, a_contact_body(name="Agente référente"), None)

    async with world.plant.database.connection() as connection, connection.transaction():
        states = {key: state async for key, state in current_states(connection)}
    told = {str(key): state for key, state in states.items()}[contact_id]
    assert saved.status_code == 204
    assert isinstance(told, ContactChanged)
    assert told.name == "Agente référente"
    assert await world.events(contact_id) == []


async def test_a_contact_is_changed_with_the_version_that_was_read(world: World) -> None:
    path = f"/v1/contacts/{await world.agent.contact()}"

    blind = await world.agent.send("PUT", path, a_contact_body(name="Autre"), None)
    stale = await world.agent.send("PUT", path, a_contact_body(name="Autre"), 7)
    seen = await world.agent.send("PUT", path, a_contact_body(name="Autre"), 1)

    assert (blind.status_code, stale.status_code, seen.status_code) == (428, 412, 204)
    assert (await world.agent.get(path)).json()["name"] == "Autre"


async def test_an_erased_contact_is_gone_for_good(world: World) -> None:
    contact_id = await world.agent.contact()
    path = f"/v1/contacts/{contact_id}"

    erased = await world.agent.send("DELETE", path, None, None)

    again = await world.agent.send("PUT", path, a_contact_body(), None)
    async with world.plant.database.connection() as connection:
        row = await connection.fetchrow("SELECT name, email FROM contacts WHERE id = $1", contact_id)
        states = [bytes(each["state"]) async for each in _outbox(connection, contact_id)]
    assert (erased.status_code, (await world.agent.get(path)).status_code, again.status_code) == (204, 404, 409)
    assert row is not None
    assert tuple(row) == (None, None)
    assert len(states) == 2


async def _outbox(connection: Any, key: str) -> Any:
    for row in await connection.fetch("SELECT state FROM outbox WHERE key = $1 ORDER BY id", key):
        yield row


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "agent@example.org\r\nBcc: tous@example.org"},
        {"email": "agent@example.org\nX"},
        {"email": "deux@arobases@example.org"},
        {"name": "Agent\r\nBcc: tous@example.org"},
        {"name": "Agent\x00"},
        {"function": "unknown"},
        {"locale": "de"},
        {"organisation": "-"},
        {"role": "programme"},
    ],
)
async def test_what_could_break_a_message_is_refused(world: World, fields: dict[str, str]) -> None:
    refused = await world.agent.send("PUT", f"/v1/contacts/{uuid4()}", a_contact_body(**fields), None)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:validation-error")


@pytest.mark.parametrize("role", [Role.COMMUNE_AGENT, Role.INNOVATOR, Role.PARTNER, Role.METROPOLE, Role.JUROR])
async def test_nobody_but_the_programme_team_names_its_members(world: World, role: Role) -> None:
    caller = world.somebody(role, "metropole-grand-paris")
    body = a_contact_body(organisation="metropole-grand-paris", function="programme")

    refused = await caller.send("PUT", f"/v1/contacts/{uuid4()}", body, None)

    assert (refused.status_code, refused.json()["type"]) == (403, "urn:qmi:problem:reserved-function")


async def test_an_organisation_knows_its_own_contacts_only(world: World) -> None:
    contact_id = await world.agent.contact()
    path = f"/v1/contacts/{contact_id}"
    other = world.somebody(organisation="92071")

    assert (await other.get(path)).status_code == 404
    assert (await other.send("DELETE", path, None, None)).status_code == 404
    assert (await other.send("PUT", path, a_contact_body(organisation="92071"), 1)).status_code == 404
    assert (await other.send("PUT", f"/v1/contacts/{uuid4()}", a_contact_body(), None)).status_code == 403
    assert (await world.programme.get(path)).status_code == 200
    own = await other.contact()
    mine = (await other.get("/v1/contacts", params={"limit": 100})).json()["items"]
    assert own in {contact["id"] for contact in mine}
    assert {contact["organisation"] for contact in mine} == {"92071"}
