"""Bad inputs 27 to 33: a creation happens once, whatever is repeated, crossed, cut or collided."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from shared.kit.access import Role
from shared.kit.api import idempotency
from shared.kit.database import Connection as Rows
from tests.infrastructure.databases import OwnDatabase
from tests.integration.kit_http.conftest import Bearer, Headers, served
from tests.integration.kit_http.things import SERVICE
from tests.integration.kit_http.things_api import COLLISIONS, HELD, TAKEN


@pytest.fixture
async def rows(things_database: OwnDatabase) -> AsyncIterator[Rows]:
    """What is in the schema of the service."""
    connection = await things_database.connect(SERVICE)
    yield connection
    await connection.close()


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:qmi:problem:")


async def make(client: httpx.AsyncClient, who: Headers, key: str | None, name: str = "x") -> httpx.Response:
    given = {"Idempotency-Key": key} if key is not None else {}
    return await client.post("/v1/things", json={"name": name}, headers={**who, **given})


async def effects(rows: Rows, name: str) -> tuple[int, int]:
    """How many things of this name, and how many events of theirs, there are."""
    made = await rows.fetch("SELECT id FROM things WHERE name = $1", name)
    said = await rows.fetchval(
        "SELECT count(*) FROM event_log WHERE aggregate_id = ANY($1)", [row["id"] for row in made]
    )
    return len(made), int(said)


async def test_27_the_same_request_gets_the_same_answer(client: httpx.AsyncClient, agent: Headers, rows: Rows) -> None:
    key, name = str(uuid4()), str(uuid4())

    first, second = await make(client, agent, key, name), await make(client, agent, key, name)

    assert (second.status_code, second.content) == (201, first.content)
    assert [answer.headers.get("idempotency-replayed") for answer in (first, second)] == [None, "true"]
    for header in ("location", "etag", "content-type"):
        assert second.headers[header] == first.headers[header]
    assert await effects(rows, name) == (1, 1)


async def test_27_the_answer_is_given_again_to_what_would_be_refused_now(
    client: httpx.AsyncClient, agent: Headers
) -> None:
    key, name = str(uuid4()), str(uuid4())
    first = await make(client, agent, key, name)
    TAKEN.add(name)

    again, other = await make(client, agent, key, name), await make(client, agent, str(uuid4()), name)

    assert (again.status_code, again.content, other.status_code) == (201, first.content, 409)


async def test_27_an_answer_committed_after_the_snapshot_is_read_again(
    client: httpx.AsyncClient, agent: Headers, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, name = str(uuid4()), str(uuid4())
    first = await make(client, agent, key, name)
    monkeypatch.setattr(idempotency, "_CLAIM", idempotency._CLAIM.replace("known.key = $2", "false"))

    again = await make(client, agent, key, name)

    assert (again.status_code, again.content, await effects(rows, name)) == (201, first.content, (1, 1))


async def test_27_the_order_of_the_fields_does_not_make_another_request(
    client: httpx.AsyncClient, agent: Headers
) -> None:
    headers = {**agent, "Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}

    first = await client.post("/v1/things", content=b'{"name":"x","size":1}', headers=headers)
    second = await client.post("/v1/things", content=b'{ "size": 1, "name": "x" }', headers=headers)

    assert (second.status_code, second.content) == (201, first.content)


async def test_28_another_body_under_the_same_key(client: httpx.AsyncClient, agent: Headers) -> None:
    key = str(uuid4())
    await make(client, agent, key, "x")

    answer = await make(client, agent, key, "y")

    assert (answer.status_code, slug(answer)) == (422, "idempotency-key-reused")


async def test_the_key_of_somebody_else_is_another_key(
    client: httpx.AsyncClient, agent: Headers, bearer: Bearer
) -> None:
    key = str(uuid4())
    first = await make(client, agent, key)

    second = await make(client, bearer(Role.COMMUNE_AGENT, organisation="93008"), key)

    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


async def test_29_the_same_request_while_the_first_one_runs(client: httpx.AsyncClient, agent: Headers) -> None:
    key, name = str(uuid4()), str(uuid4())
    HELD[name] = asyncio.Event()
    first = asyncio.create_task(make(client, agent, key, name))
    await asyncio.sleep(0.2)

    second = await make(client, agent, key, name)
    HELD[name].set()

    assert (second.status_code, slug(second), second.headers["retry-after"]) == (409, "request-in-progress", "1")
    assert (await first).status_code == 201


@pytest.mark.parametrize("key", [None, "", " ", "a b", "a\x7fb", "x" * 256])
async def test_30_no_key_or_none_that_can_be(client: httpx.AsyncClient, agent: Headers, key: str | None) -> None:
    answer = await make(client, agent, key)

    assert (answer.status_code, slug(answer)) == (400, "idempotency-key-required")


async def test_31_two_hundred_submissions_at_once_make_one(
    client: httpx.AsyncClient, agent: Headers, rows: Rows
) -> None:
    key, name = str(uuid4()), str(uuid4())

    answers = await asyncio.gather(*(make(client, agent, key, name) for _ in range(200)))

    created = [answer for answer in answers if answer.status_code == 201]
    replayed = [answer for answer in created if "idempotency-replayed" in answer.headers]
    assert len(created) - len(replayed) == 1
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert len({answer.content for answer in created}) == 1
    assert await effects(rows, name) == (1, 1)


async def test_32_a_client_that_leaves_before_the_answer_converges_by_asking_again(
    client: httpx.AsyncClient, agent: Headers, rows: Rows
) -> None:
    key, name = str(uuid4()), str(uuid4())
    HELD[name] = asyncio.Event()
    async with served(client._transport.app, lifespan="off") as url:  # type: ignore[attr-defined]
        async with httpx.AsyncClient(base_url=url, timeout=0.3) as impatient:
            with pytest.raises(httpx.ReadTimeout):
                await make(impatient, agent, key, name)
        HELD[name].set()
        async with httpx.AsyncClient(base_url=url) as patient:
            answer = await make(patient, agent, key, name)
            while answer.status_code == 409:
                await asyncio.sleep(0.05)
                answer = await make(patient, agent, key, name)

    assert answer.status_code == 201
    assert await effects(rows, name) == (1, 1)


async def test_what_is_refused_is_not_remembered(client: httpx.AsyncClient, agent: Headers) -> None:
    key, name = str(uuid4()), str(uuid4())
    invalid = await client.post("/v1/things", json={}, headers={**agent, "Idempotency-Key": key})
    TAKEN.add(name)
    refused = await make(client, agent, key, name)
    TAKEN.remove(name)

    answer = await make(client, agent, key, name)

    assert (invalid.status_code, refused.status_code, answer.status_code) == (422, 409, 201)
    assert "idempotency-replayed" not in answer.headers


@pytest.mark.parametrize(("collisions", "status"), [(0, 204), (3, 204), (4, 503)])
async def test_33_collisions_are_retried_three_times(
    client: httpx.AsyncClient, programme: Headers, collisions: int, status: int
) -> None:
    name = str(uuid4())
    COLLISIONS[name] = collisions

    answer = await client.post(f"/v1/breakage/collisions/{name}", headers=programme)

    assert (answer.status_code, COLLISIONS[name]) == (status, 0)
    if status == 503:
        assert (slug(answer), answer.headers["retry-after"]) == ("service-unavailable", "1")


async def test_33_two_changes_at_once_are_both_done(client: httpx.AsyncClient, agent: Headers) -> None:
    path = (await make(client, agent, str(uuid4()))).headers["location"]

    answers = await asyncio.gather(*(client.post(f"{path}/growth", headers=agent) for _ in range(2)))

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await client.get(path, headers=agent)).json()["size"] == 2
