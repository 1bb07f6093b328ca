"""One trace from a request to a mailbox, over processes of their own, seen by a collector that is not ours."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from deploy.kafka import catalogue
from deploy.watching.status import examine
from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS, NOTIFICATIONS_EVENTS
from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer, free_port
from tests.infrastructure.databases import Databases
from tests.infrastructure.embedded import EmbeddedKafka
from tests.integration.kit_http.conftest import Bearer, Issuer, bearer, issuer, served
from tests.integration.notifications.sink import Sink
from tests.integration.seeing.collector import Collector, Seen

__all__ = ["bearer", "issuer"]

OTHER = "0af7651916cd43dd8448eb211c80319c"
CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
ROOT = Path(__file__).parents[3]


@dataclass
class Town:
    """A way in, and what is seen and received at the other end."""

    api: httpx.AsyncClient
    headers: dict[str, str]
    collector: Collector
    sink: Sink
    logs: Path
    workers: dict[str, str]

    async def publish_a_call(self, *, edition: int, **headers: str) -> str:
        """A call, announced by a request with these headers; its identifier."""
        opens = datetime.now(UTC) + timedelta(days=20)
        body = {
            "edition": edition,
            "kind": "EXPRESSION_OF_INTEREST",
            "title": "Appel à manifestation d'intérêt",
            "opens_at": opens.date().isoformat(),
            "closes_at": (opens + timedelta(days=60)).date().isoformat(),
            "notify_on": (opens + timedelta(days=90)).date().isoformat(),
            "quota": 4,
        }
        made = await self.api.post("/v1/calls", json=body, headers=self.headers | {"Idempotency-Key": str(new_id())})
        assert made.status_code == 201, made.text
        call_id: str = made.json()["id"]
        told = await self.api.post(f"/v1/calls/{call_id}/publication", headers=self.headers | headers)
        assert told.status_code == 204, told.text
        return call_id

    async def seen(self, name: str, trace: str | None = None) -> Seen:
        """The first span of this name, once the collector has it."""
        await _until(lambda: bool(self.collector.named(name, trace)))
        return self.collector.named(name, trace)[0]


@pytest.fixture(scope="module")
def kafka(own_kafka: KafkaContainer | EmbeddedKafka) -> str:
    """The address of a broker with every topic."""
    for topic in catalogue.read().everything():
        if broker.is_real(own_kafka.address):
            broker.create_topic(own_kafka.address, topic.name, 2)
        else:
            broker.touch_topic(own_kafka.address, topic.name)
    return own_kafka.address


@pytest.fixture(scope="module")
async def town(
    databases: Databases, kafka: str, issuer: Issuer, bearer: Bearer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    """The API and the worker of candidature, the worker of notifications, a mail server and a collector."""
    database, folder = await databases.create("candidature", "notifications"), tmp_path_factory.mktemp("town")
    collector, sink = Collector(), Sink()
    await sink.start()
    async with AsyncExitStack() as stack:
        collecting = await stack.enter_async_context(served(collector.app))
        common = {
            "QMI_MODE": "sandbox",
            "QMI_KAFKA": kafka,
            "QMI_ISSUER": issuer.url,
            "QMI_SMTP": f"127.0.0.1:{sink.port}",
            "QMI_DOCUMENTS": folder.as_uri(),
            "QMI_OTLP_ENDPOINT": collecting,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        processes = [("candidature", "api"), ("candidature", "worker"), ("notifications", "worker")]
        running = [
            stack.enter_async_context(
                _process(service, kind, {**common, "QMI_DATABASE_URL": database.dsn(service)}, folder)
            )
            for service, kind in processes
        ]
        urls = await asyncio.gather(*running)
        api = await stack.enter_async_context(httpx.AsyncClient(base_url=urls[0], timeout=30))
        headers = bearer(Role.PROGRAMME, organisation="metropole-grand-paris", subject="programme")
        workers = {"candidature": urls[1], "notifications": urls[2]}
        yield Town(api, headers, collector, sink, folder, workers)
    await sink.stop()
    await databases.drop(database)


@asynccontextmanager
async def _process(service: str, kind: str, settings: dict[str, str], folder: Path) -> AsyncIterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"services.{service}.main:create_{kind}", "--factory"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("QMI_", "OTEL_"))}
    with (folder / f"{service}-{kind}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, "--port", str(port), cwd=ROOT, env={**inherited, **settings}, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        await _ready(url)
        yield url
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 30)


async def _ready(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.1)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.05)


async def test_a_request_and_the_mail_it_leads_to_in_another_service_are_one_trace(town: Town) -> None:
    trace, caller = CALLER
    somebody = {"organisation": "metropole-grand-paris", "function": "programme", "name": "Équipe", "locale": "fr"}
    await town.api.put(
        f"/v1/contacts/{new_id()}", json={**somebody, "email": "equipe@example.org"}, headers=town.headers
    )
    # A fact that comes before its contact is told in the name of the contact, when it comes.
    await town.seen(f"process {CONTACTS}")
    await town.publish_a_call(edition=2, traceparent=f"00-{trace}-{caller}-01")
    await _until(lambda: bool(town.sink.taken))

    last = await town.seen(f"send {NOTIFICATIONS_EVENTS}", trace)
    server = await town.seen("POST /v1/calls/{call_id}/publication", trace)
    sent = await town.seen(f"send {CANDIDATURE_EVENTS}", trace)
    processed = await town.seen(f"process {CANDIDATURE_EVENTS}", trace)
    mail = await town.seen("send mail", trace)

    chain = [server, sent, processed, mail, last]
    assert [span.parent for span in chain] == [caller, *(span.id for span in chain[:-1])]
    assert [span.kind for span in chain] == [SERVER, PRODUCER, CONSUMER, CLIENT, PRODUCER]
    where = ["qmi-candidature", "qmi-candidature", *["qmi-notifications"] * 3]
    assert [span.service for span in chain] == where
    assert not any(span.failed for span in chain)
    assert processed.attributes["messaging.message.id"] == sent.attributes["messaging.message.id"]
    assert server.attributes["http.response.status_code"] == 204
    assert {"metropole-grand-paris", "equipe@example.org", "Équipe"}.isdisjoint(
        value for span in town.collector.spans for value in span.attributes.values()
    )


async def test_a_deadline_begins_a_trace_and_a_refused_request_ends_one_and_the_log_names_both(town: Town) -> None:
    call_id = await town.publish_a_call(edition=3)
    opening = (datetime.now(UTC) + timedelta(days=21)).isoformat()
    moved = await town.api.post("/sandbox/clock", json={"now": opening}, headers=town.headers)
    assert moved.status_code == 200, moved.text
    again = {**town.headers, "traceparent": f"00-{OTHER}-{CALLER[1]}-01"}
    refused = await town.api.post(f"/v1/calls/{call_id}/publication", headers=again)

    fired = await town.seen("fire call.open")
    sent = await town.seen(f"send {CANDIDATURE_EVENTS}", fired.trace)
    processed = await town.seen(f"process {CANDIDATURE_EVENTS}", fired.trace)
    conflict = await town.seen("POST /v1/calls/{call_id}/publication", OTHER)

    assert fired.parent == ""
    assert (sent.parent, processed.parent) == (fired.id, sent.id)
    assert refused.status_code == 409
    assert (conflict.attributes["http.response.status_code"], conflict.failed) == (409, False)
    assert {OTHER} <= _traces_in(town.logs / "candidature-api.log", "request")
    assert not [span for span in town.collector.spans if "readyz" in span.name]
    assert {(one["service.name"], one["qmi.process"]) for one in town.collector.resources} >= {
        ("qmi-candidature", "api"),
        ("qmi-candidature", "worker"),
        ("qmi-notifications", "worker"),
    }


async def test_the_processes_tell_how_they_are(town: Town) -> None:
    apis = {"candidature": str(town.api.base_url).rstrip("/")}
    async with asyncio.timeout(30):
        while True:
            seen = {each.service: each for each in await examine(apis, town.workers)}
            # A clock that has just jumped makes deadlines late until the next measure.
            if seen["notifications"].lag == seen["candidature"].outbox == 0 and not seen["candidature"].wrong:
                break
            await asyncio.sleep(0.5)

    assert {each.service: (each.api, each.worker, each.wrong) for each in seen.values()} == {
        "candidature": ("ready", "ready", ()),
        "notifications": ("unknown", "ready", ()),
    }
    assert seen["notifications"].lag_by_partition.keys() >= {f"{CANDIDATURE_EVENTS}/0", f"{CANDIDATURE_EVENTS}/1"}
    assert all(each.parked == each.dead == each.overdue == 0 for each in seen.values())


def _traces_in(log: Path, event: str) -> set[str]:
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return {line["trace_id"] for line in lines if line["event"] == event}
