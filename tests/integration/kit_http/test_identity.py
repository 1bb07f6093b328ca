"""Bad inputs 34 to 40, over HTTP: who calls is proved before anything is read, and sees only what is theirs."""

import socket
from uuid import uuid4

import httpx
import pytest

from shared.kit.access import Role
from shared.kit.settings import Settings
from tests.integration.kit_http.conftest import Bearer, Headers, Issuer, running
from tests.integration.kit_http.things_api import create_app


def slug(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).removeprefix("urn:qmi:problem:")


async def a_thing(client: httpx.AsyncClient, owner: Headers, name: str = "x") -> str:
    headers = {**owner, "Idempotency-Key": str(uuid4())}
    made = await client.post("/v1/things", json={"name": name}, headers=headers)
    assert made.status_code == 201
    return made.headers["location"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eDp5"}])
async def test_34_without_a_right_token(client: httpx.AsyncClient, headers: Headers) -> None:
    answer = await client.get("/v1/things", headers=headers)

    assert (answer.status_code, slug(answer)) == (401, "invalid-token")
    assert answer.headers["www-authenticate"] == 'Bearer realm="qmi", error="invalid_token"'


async def test_36_two_authorization_headers(client: httpx.AsyncClient, agent: Headers) -> None:
    twice = [("Authorization", agent["Authorization"])] * 2

    assert (await client.get("/v1/things", headers=twice)).status_code == 401


async def test_an_unknown_caller_learns_nothing_from_its_body(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/things", content=b"{", headers={"Content-Type": "text/plain"})

    assert answer.status_code == 401


async def test_37_nobody_passes_before_the_issuer_ever_answered(settings: Settings, agent: Headers) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}/keys"
        app = create_app(settings.model_copy(update={"jwks_url": nowhere}))
        async with running(app) as cold:
            answer = await cold.get("/v1/things", headers=agent)

    assert (answer.status_code, slug(answer)) == (503, "auth-unavailable")
    assert answer.headers["retry-after"] == "5"


async def test_38_a_development_token_means_nothing_to_another_installation(
    settings: Settings, issuer: Issuer, agent: Headers
) -> None:
    elsewhere = settings.model_copy(
        update={"issuer": "https://login.example.org/qmi", "jwks_url": f"{issuer.url}/.well-known/jwks.json"}
    )
    async with running(create_app(elsewhere)) as there:
        answer = await there.get("/v1/things", headers=agent)

    assert (answer.status_code, slug(answer)) == (401, "invalid-token")


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_39_the_thing_of_another_organisation_is_not_found(
    client: httpx.AsyncClient, agent: Headers, bearer: Bearer, method: str
) -> None:
    path = await a_thing(client, agent)
    stranger = bearer(Role.COMMUNE_AGENT, organisation="93008")

    theirs = await client.request(method, path, headers={**stranger, "If-Match": '"1"'}, json={"name": "mine"})
    nobodys = await client.request(
        method, f"/v1/things/{uuid4()}", headers={**stranger, "If-Match": '"1"'}, json={"name": "mine"}
    )

    assert (theirs.status_code, slug(theirs)) == (404, "not-found")
    hidden = {"instance", "request_id"}
    assert {k: v for k, v in theirs.json().items() if k not in hidden} == {
        k: v for k, v in nobodys.json().items() if k not in hidden
    }


async def test_39_two_organisations_do_not_see_each_other_s_lists(client: httpx.AsyncClient, bearer: Bearer) -> None:
    here, there = (bearer(Role.COMMUNE_AGENT, organisation=code) for code in ("94001", "94002"))
    mine = await a_thing(client, here)
    theirs = await a_thing(client, there)

    listed = await client.get("/v1/things", headers=here)

    assert [item["id"] for item in listed.json()["items"]] == [mine.rpartition("/")[2]]
    assert (await client.get(theirs, headers=here)).status_code == 404


async def test_the_programme_sees_everything(client: httpx.AsyncClient, agent: Headers, programme: Headers) -> None:
    assert (await client.get(await a_thing(client, agent), headers=programme)).status_code == 200


async def test_40_a_visible_thing_and_a_forbidden_action(client: httpx.AsyncClient, agent: Headers) -> None:
    answer = await client.delete(await a_thing(client, agent), headers=agent)

    assert (answer.status_code, slug(answer)) == (403, "forbidden")


async def test_40_a_role_that_has_no_rule(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await client.get("/v1/things", headers=bearer(Role.JUROR, organisation="93001"))

    assert (answer.status_code, slug(answer)) == (403, "forbidden")


async def test_an_illegal_transition_names_the_legal_ones(
    client: httpx.AsyncClient, agent: Headers, programme: Headers
) -> None:
    answer = await client.delete(await a_thing(client, agent), headers=programme)

    assert (answer.status_code, slug(answer)) == (409, "invalid-state")
    assert "changed" in answer.json()["detail"]
