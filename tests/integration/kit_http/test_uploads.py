"""Bad inputs 46 to 48 and 52, over HTTP: files stream in, once, typed and bounded, or leave nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from shared.kit.api import body
from shared.kit.settings import Settings
from tests.integration.kit_http.conftest import Headers, served
from tests.integration.kit_http.things_api import UPLOADED

A_PDF = b"%PDF-1.7\n" + b"x" * 2_000 + b"\n%%EOF\n"


@pytest.fixture
async def place(client: httpx.AsyncClient, agent: Headers) -> str:
    """Where files of a thing go."""
    made = await client.post("/v1/things", json={"name": "x"}, headers={**agent, "Idempotency-Key": str(uuid4())})
    return f"{made.headers['location']}/files"


def kept(settings: Settings) -> set[str]:
    folder = Path(unquote(urlsplit(settings.documents or "").path))
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def send(
    client: httpx.AsyncClient, place: str, who: Headers, content: bytes | AsyncIterator[bytes], **more: str
) -> httpx.Response:
    headers = {"Content-Type": "application/pdf", "Idempotency-Key": str(uuid4()), **more}
    return await client.post(place, content=content, headers={**who, **headers})


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:qmi:problem:")


async def test_a_file_is_kept_and_read_again(client: httpx.AsyncClient, place: str, agent: Headers) -> None:
    answer = await send(client, place, agent, A_PDF)

    read = await client.get(f"/v1/things/files/{answer.json()['id']}.pdf", headers=agent)
    assert (answer.status_code, read.content) == (201, A_PDF)


async def test_27_the_same_upload_is_answered_once(
    client: httpx.AsyncClient, place: str, agent: Headers, settings: Settings
) -> None:
    key = str(uuid4())
    first = await send(client, place, agent, A_PDF, **{"Idempotency-Key": key})
    before = kept(settings)

    second = await send(client, place, agent, A_PDF, **{"Idempotency-Key": key})

    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert kept(settings) == before


async def test_28_another_file_under_the_same_key(client: httpx.AsyncClient, place: str, agent: Headers) -> None:
    key = str(uuid4())
    await send(client, place, agent, A_PDF, **{"Idempotency-Key": key})

    answer = await send(client, place, agent, A_PDF + b"more", **{"Idempotency-Key": key})

    assert (answer.status_code, slug(answer)) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("media_type", ["", "text/html", "image/svg+xml", "application/json"])
async def test_46_a_type_that_is_not_allowed(
    client: httpx.AsyncClient, place: str, agent: Headers, media_type: str
) -> None:
    answer = await send(client, place, agent, A_PDF, **{"Content-Type": media_type})

    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")
    assert "application/pdf" in answer.headers["accept-post"]


@pytest.mark.parametrize("content", [b"<html>", b"\x89PNG\r\n\x1a\n" + b"x" * 50, b"MZ" + A_PDF])
async def test_46_a_content_that_is_not_what_was_announced(
    client: httpx.AsyncClient, place: str, agent: Headers, settings: Settings, content: bytes
) -> None:
    before = kept(settings)

    answer = await send(client, place, agent, content)

    assert (answer.status_code, slug(answer)) == (415, "file-type-not-allowed")
    assert kept(settings) == before


async def test_48_an_empty_file(client: httpx.AsyncClient, place: str, agent: Headers) -> None:
    answer = await send(client, place, agent, b"")

    assert (answer.status_code, slug(answer)) == (422, "empty-file")


async def test_48_a_file_over_the_limit_of_the_route(
    client: httpx.AsyncClient, place: str, agent: Headers, settings: Settings
) -> None:
    before = kept(settings)

    answer = await send(client, place, agent, A_PDF + b"x" * UPLOADED)

    assert (answer.status_code, slug(answer)) == (413, "content-too-large")
    assert kept(settings) == before


async def test_48_a_file_declared_over_every_limit(client: httpx.AsyncClient, place: str, agent: Headers) -> None:
    answer = await send(client, place, agent, A_PDF, **{"Content-Length": str(body.UPLOAD_LIMIT + 1)})

    assert (answer.status_code, slug(answer)) == (413, "content-too-large")


async def test_39_a_file_for_a_thing_one_may_not_see(client: httpx.AsyncClient, agent: Headers) -> None:
    answer = await send(client, f"/v1/things/{uuid4()}/files", agent, A_PDF)

    assert (answer.status_code, slug(answer)) == (404, "not-found")


async def test_52_a_file_that_trickles(
    app: FastAPI, client: httpx.AsyncClient, place: str, agent: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "_PATIENCE_PER_CHUNK", 0.2)

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x"
            await asyncio.sleep(0.5)

    async with served(app, lifespan="off") as url, httpx.AsyncClient(base_url=url) as over_http:
        try:
            answer = await send(over_http, place, agent, trickle())
        except httpx.TransportError:
            return  # The server closed while we were still sending: the slot is free.
    assert (answer.status_code, slug(answer)) == (408, "request-timeout")
