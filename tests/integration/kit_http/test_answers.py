"""What every answer carries, what an update demands, how a list is paged, and what the service says of itself."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from shared.kit.access import Role
from shared.kit.api import routes_without_rule
from tests.infrastructure.databases import OwnDatabase
from tests.integration.kit_http.conftest import Bearer, Headers
from tests.integration.kit_http.things import SERVICE

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def a_thing(client: httpx.AsyncClient, who: Headers, name: str = "x", **headers: str) -> httpx.Response:
    everything = {**who, "Idempotency-Key": str(uuid4()), **headers}
    made = await client.post("/v1/things", json={"name": name}, headers=everything)
    assert made.status_code == 201
    return made


@pytest.mark.parametrize("path", ["/v1/things", "/v1/nothing", "/livez", "/docs", "/openapi.json"])
async def test_every_answer_carries_its_request_and_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    assert UUID(headers["x-request-id"]).version == 7
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "max-age" in headers["strict-transport-security"]


async def logged_event(things_database: OwnDatabase, made: httpx.Response) -> dict[str, Any]:
    connection = await things_database.connect(SERVICE)
    row = await connection.fetchrow("SELECT * FROM event_log WHERE aggregate_id = $1", UUID(made.json()["id"]))
    await connection.close()
    assert row is not None
    return dict(row)


async def test_the_trace_of_the_caller_goes_into_the_event(
    client: httpx.AsyncClient, agent: Headers, things_database: OwnDatabase
) -> None:
    made = await a_thing(client, agent, traceparent=TRACE)

    event = await logged_event(things_database, made)
    assert (event["traceparent"], event["organisation"]) == (TRACE, "93001")
    assert str(event["correlation_id"]) == made.headers["x-request-id"]


@pytest.mark.parametrize("given", ["", "garbage", TRACE.upper(), TRACE + "-x", f"00-{'0' * 32}-b7ad6b7169203331-01"])
async def test_a_trace_that_is_not_one_is_replaced(
    client: httpx.AsyncClient, agent: Headers, things_database: OwnDatabase, given: str
) -> None:
    made = await a_thing(client, agent, traceparent=given)

    traceparent = (await logged_event(things_database, made))["traceparent"]
    assert traceparent != given
    assert len(traceparent) == 55


async def test_21_an_update_gives_and_demands_the_version(client: httpx.AsyncClient, agent: Headers) -> None:
    made = await a_thing(client, agent)
    path = made.headers["location"]
    read = await client.get(path, headers=agent)

    first = await client.put(path, json={"name": "y"}, headers={**agent, "If-Match": read.headers["etag"]})
    stale = await client.put(path, json={"name": "z"}, headers={**agent, "If-Match": read.headers["etag"]})

    assert (made.headers["etag"], read.headers["etag"]) == ('"1"', '"1"')
    assert (first.status_code, first.headers["etag"]) == (204, '"2"')
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:qmi:problem:precondition-failed")


async def test_21_an_update_without_version(client: httpx.AsyncClient, agent: Headers) -> None:
    path = (await a_thing(client, agent)).headers["location"]

    answer = await client.put(path, json={"name": "y"}, headers=agent)

    assert (answer.status_code, answer.json()["type"]) == (428, "urn:qmi:problem:precondition-required")


@pytest.mark.parametrize("tag", ["1", 'W/"1"', '"x"', '""', "*", '"1", "2"', '"' + "9" * 30 + '"'])
async def test_21_a_version_that_cannot_be_ours(client: httpx.AsyncClient, agent: Headers, tag: str) -> None:
    path = (await a_thing(client, agent)).headers["location"]

    assert (await client.put(path, json={"name": "y"}, headers={**agent, "If-Match": tag})).status_code == 412


async def test_a_list_is_walked_page_by_page_without_gap_or_repetition(
    client: httpx.AsyncClient, bearer: Bearer
) -> None:
    owner = bearer(Role.COMMUNE_AGENT, organisation="92001")
    names = [f"thing {number:02}" for number in range(7)]
    for name in names:
        await a_thing(client, owner, name)

    pages: list[list[str]] = []
    parameters: dict[str, str] = {"limit": "3"}
    while True:
        page = (await client.get("/v1/things", params=parameters, headers=owner)).json()
        pages.append([item["name"] for item in page["items"]])
        if page["next"] is None:
            break
        parameters["cursor"] = page["next"]

    assert pages == [names[:3], names[3:6], names[6:]]


async def test_26_a_cursor_does_not_serve_with_other_filters(client: httpx.AsyncClient, bearer: Bearer) -> None:
    owner = bearer(Role.COMMUNE_AGENT, organisation="92002")
    for name in ("a", "b"):
        await a_thing(client, owner, name)
    page = (await client.get("/v1/things?limit=1", headers=owner)).json()

    answer = await client.get("/v1/things", params={"cursor": page["next"], "colour": "red"}, headers=owner)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:qmi:problem:invalid-cursor")


def test_every_route_has_a_rule(app: FastAPI) -> None:
    assert routes_without_rule(app) == []


async def test_the_description_is_complete_enough_to_generate_a_client(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for operation in operations:
        assert operation["security"] == [{"jeton": []}]
        assert operation["summary"]
        assert {"401", "403", "503"} <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")):
                content = answer["content"]["application/problem+json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert content["example"]["status"] == int(status)
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_the_description_says_what_a_creation_and_an_update_demand(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    def demanded(operation: dict[str, Any]) -> set[str]:
        return {one["name"] for one in operation["parameters"] if one.get("required")}

    assert demanded(paths["/v1/things"]["post"]) == {"Idempotency-Key"}
    assert demanded(paths["/v1/things/{thing_id}"]["put"]) == {"thing_id", "If-Match"}
    assert {"412", "428", "415"} <= set(paths["/v1/things/{thing_id}"]["put"]["responses"])
    assert "application/pdf" in paths["/v1/things/{thing_id}/files"]["post"]["requestBody"]["content"]


async def test_the_page_for_people_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Faire une chose" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "<script" not in page.text


async def test_the_metrics_count_by_route_and_not_by_identifier(client: httpx.AsyncClient, agent: Headers) -> None:
    path = (await a_thing(client, agent)).headers["location"]
    await client.get(path, headers=agent)

    metrics = (await client.get("/metrics")).text

    assert 'qmi_http_requests_total{method="GET",route="/v1/things/{thing_id}",status="200"}' in metrics
    assert path.rpartition("/")[2] not in metrics
