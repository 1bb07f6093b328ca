"""The clock of the sandbox moves for those who may move it; tokens live by the real one."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.kit.access import Role
from shared.kit.settings import Mode, Settings
from tests.integration.kit_http.conftest import Bearer, Headers, running
from tests.integration.kit_http.things_api import create_app


async def test_the_clock_moves_and_time_runs_on(client: httpx.AsyncClient, programme: Headers) -> None:
    moved = await client.post("/sandbox/clock", json={"now": "2024-03-01T08:00:00Z"}, headers=programme)
    read = await client.get("/sandbox/clock", headers=programme)
    await client.post("/sandbox/clock", json={"now": datetime.now(UTC).isoformat()}, headers=programme)

    shown = datetime.fromisoformat(read.json()["now"])
    assert moved.status_code == 200
    assert timedelta() <= shown - datetime(2024, 3, 1, 8, tzinfo=UTC) < timedelta(seconds=5)


async def test_a_token_is_good_whatever_the_clock_of_the_sandbox(client: httpx.AsyncClient, programme: Headers) -> None:
    await client.post("/sandbox/clock", json={"now": "2035-01-01T00:00:00Z"}, headers=programme)

    assert (await client.get("/v1/things", headers=programme)).status_code == 200
    await client.post("/sandbox/clock", json={"now": datetime.now(UTC).isoformat()}, headers=programme)


@pytest.mark.parametrize("role", [Role.COMMUNE_AGENT, Role.PARTNER, Role.METROPOLE])
async def test_nobody_else_moves_it(client: httpx.AsyncClient, bearer: Bearer, role: Role) -> None:
    answer = await client.post(
        "/sandbox/clock", json={"now": "2024-03-01T08:00:00Z"}, headers=bearer(role, organisation="93001")
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "instant", ["2024-03-01T08:00:00", "yesterday", 0, None, "10000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
async def test_an_instant_that_is_not_one(client: httpx.AsyncClient, programme: Headers, instant: object) -> None:
    assert (await client.post("/sandbox/clock", json={"now": instant}, headers=programme)).status_code == 422


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_there_is_no_such_thing_in_production(settings: Settings, programme: Headers, method: str) -> None:
    production = settings.model_copy(update={"mode": Mode.PRODUCTION})
    async with running(create_app(production)) as client:
        answer = await client.request(method, "/sandbox/clock", headers=programme, json={"now": "2024-03-01T08:00:00Z"})

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:qmi:problem:not-found")
