"""Bad inputs 1 to 13, over HTTP: a problem each time, in French, and nothing of the inside."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from tests.integration.kit_http.conftest import Headers, served

JSON = {"Content-Type": "application/json"}


async def post(client: httpx.AsyncClient, agent: Headers, content: bytes, **headers: str) -> httpx.Response:
    everything = {**agent, **JSON, "Idempotency-Key": str(uuid4()), **headers}
    return await client.post("/v1/things", content=content, headers=everything)


def problem(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "instance", "errors", "request_id"}
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, body["type"].removeprefix("urn:qmi:problem:")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", (400, "malformed-json")),
        (b"", (400, "malformed-json")),
        (b'{"name": "\xff"}', (400, "malformed-json")),
        ('{"name": "a"}'.encode("utf-16"), (400, "malformed-json")),
        (b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}", (400, "json-too-complex")),
        (b'{"name": "a", "name": "b"}', (400, "malformed-json")),
        (b'{"name": "a", "weight": NaN}', (422, "validation-error")),
        (b'{"name": "a", "weight": 1e999}', (422, "validation-error")),
        (b'{"name": "a\\u0000"}', (422, "validation-error")),
        (b'{"name": "\\ud800"}', (422, "validation-error")),
        ('{"name": "a\u202eb"}'.encode(), (422, "validation-error")),
        (b'{"name": "a", "size": 9223372036854775808}', (422, "validation-error")),
        (b'{"name": "a", "size": ' + b"9" * 5_000 + b"}", (422, "validation-error")),
        (b'{"name": "a", "size": "1"}', (422, "validation-error")),
        (b'{"name": "a", "since": 1700000000}', (422, "validation-error")),
        (b'{"name": "a", "since": "2024-02-30T10:00:00Z"}', (422, "validation-error")),
        (b'{"name": "a", "since": "2024-03-01T24:00:01Z"}', (422, "validation-error")),
        (b'{"name": "a", "since": "2024-03-01T10:00:00"}', (422, "validation-error")),
        (b'{"name": "a", "owner": "93008"}', (422, "validation-error")),
        (b"[]", (422, "validation-error")),
        (b"null", (422, "validation-error")),
        (b"1e999", (422, "validation-error")),
    ],
    ids=lambda value: repr(value)[:50],
)
async def test_1_to_12_a_body_that_is_not_right(
    client: httpx.AsyncClient, agent: Headers, content: bytes, expected: tuple[int, str]
) -> None:
    assert problem(await post(client, agent, content)) == expected


async def test_an_error_points_at_the_field_and_speaks_french(client: httpx.AsyncClient, agent: Headers) -> None:
    answer = await post(client, agent, b'{"size": -1, "status": "made"}')

    assert answer.json()["title"] == "Données non valides"
    assert answer.json()["errors"] == [
        {"pointer": "/name", "code": "missing", "message": "Ce champ est obligatoire."},
        {"pointer": "/size", "code": "greater_than_equal", "message": "La valeur doit être au moins 0."},
        {"pointer": "/status", "code": "extra_forbidden", "message": "Ce champ n'est pas attendu."},
    ]


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data"]
)
async def test_3_another_content_type(client: httpx.AsyncClient, agent: Headers, media_type: str) -> None:
    answer = await post(client, agent, b'{"name": "a"}', **{"Content-Type": media_type})

    assert problem(answer) == (415, "unsupported-media-type")
    assert answer.headers["accept-post"] == "application/json"


async def test_3_a_compressed_body(client: httpx.AsyncClient, agent: Headers) -> None:
    answer = await post(client, agent, b'{"name": "a"}', **{"Content-Encoding": "gzip"})

    assert problem(answer) == (415, "unsupported-media-type")


@pytest.mark.parametrize("accepted", ["text/html", "application/xml;q=0.9, text/*", "application/json;q=0"])
async def test_4_nothing_acceptable(client: httpx.AsyncClient, agent: Headers, accepted: str) -> None:
    answer = await client.get("/v1/things", headers={**agent, "Accept": accepted})

    assert problem(answer) == (406, "not-acceptable")


@pytest.mark.parametrize("accepted", ["*/*", "application/*", "text/html, application/json;q=0.5", "APPLICATION/JSON"])
async def test_4_something_acceptable(client: httpx.AsyncClient, agent: Headers, accepted: str) -> None:
    assert (await client.get("/v1/things", headers={**agent, "Accept": accepted})).status_code == 200


async def test_5_a_body_declared_too_large(client: httpx.AsyncClient, agent: Headers) -> None:
    answer = await post(client, agent, b'{"name": "' + b"a" * 1024 * 1024 + b'"}')

    assert problem(answer) == (413, "content-too-large")
    assert answer.headers["connection"] == "close"


@pytest.fixture(scope="module")
async def url(app: FastAPI, client: httpx.AsyncClient) -> AsyncIterator[str]:
    """The same application behind a real server."""
    async with served(app, lifespan="off") as address:
        yield address


async def test_5_a_chunked_body_that_does_not_end(url: str, agent: Headers) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'{"name": "'
        while sent < 50 * 1024 * 1024:
            sent += 65_536
            yield b"a" * 65_536

    async with httpx.AsyncClient(base_url=url) as over_http:
        try:
            answer = await over_http.post(
                "/v1/things", content=endless(), headers={**agent, **JSON, "Idempotency-Key": "k"}
            )
            assert problem(answer) == (413, "content-too-large")
        except httpx.TransportError:
            pass  # The server closed while we were still sending: that is a refusal too.
    assert sent < 20 * 1024 * 1024


async def test_11_an_address_that_is_too_long(client: httpx.AsyncClient, agent: Headers) -> None:
    assert problem(await client.get("/v1/things?x=" + "a" * 8_200, headers=agent)) == (414, "uri-too-long")


async def test_11_headers_that_are_too_large(client: httpx.AsyncClient, agent: Headers) -> None:
    answer = await client.get("/v1/things", headers={**agent, "X-More": "a" * 16_500})

    assert problem(answer) == (431, "headers-too-large")


@pytest.mark.parametrize("path", ["/v1/things/%00", "/v1/things/%ff", "/v1/things?cursor=%00", "/v1/things/a%0ab"])
async def test_an_address_that_is_not_text(client: httpx.AsyncClient, agent: Headers, path: str) -> None:
    assert problem(await client.get(path, headers=agent)) == (400, "malformed-request")


async def test_13_an_unknown_route(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/v1/nothing")) == (404, "not-found")


async def test_13_a_trailing_slash_is_another_route(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/v1/things/")) == (404, "not-found")


async def test_13_an_unknown_method(client: httpx.AsyncClient) -> None:
    answer = await client.patch("/v1/things")

    assert problem(answer) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/things?limit=0", 422),
        ("/v1/things?limit=101", 422),
        ("/v1/things?limit=x", 422),
        ("/v1/things?cursor=forged", 400),
        ("/v1/things/not-a-uuid", 422),
    ],
)
async def test_26_parameters_out_of_bounds(client: httpx.AsyncClient, agent: Headers, path: str, status: int) -> None:
    assert (await client.get(path, headers=agent)).status_code == status


async def test_a_fault_of_ours_tells_nothing_of_the_inside(
    client: httpx.AsyncClient, programme: Headers, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await client.post("/v1/breakage/bug", headers=programme)

    assert problem(answer) == (500, "internal-error")
    assert "password" not in answer.text
    logged = capsys.readouterr().out
    assert answer.json()["request_id"] in logged
    assert "KeyError" in logged
