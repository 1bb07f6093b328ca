"""The experiments service as its callers see it: what it hears, its HTTP interface, its clocks, on a real database."""

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
from aiokafka import AIOKafkaProducer
from httpx import Response

from services.experiments.clocks import CLOCKS
from services.experiments.store.unit_of_work import SqlWork
from services.experiments.subscribers import subscribers
from services.experiments.usecases.ports import Work
from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.events.topics import SELECTION_EVENTS
from shared.kit.access import Role
from shared.kit.database import Database
from shared.kit.dead_letters import DeadLetters
from shared.kit.deadlines import DeadlineClock
from shared.kit.identity import new_id
from shared.kit.inbox import Inbox
from shared.kit.record import Record, read
from shared.kit.sandbox import SandboxClock
from tests.builders.experiments import COMMUNE, HOLDER, METROPOLE, a_commune_selected, a_project_allocated
from tests.integration.kit_http.conftest import Bearer

EDITIONS = itertools.count(2)

ANNOUNCEMENT = datetime.fromisoformat("2024-02-06T18:00:00+01:00")
SENDING = datetime.fromisoformat("2024-02-20T10:00:00+01:00")
SIGNING = datetime.fromisoformat("2024-02-27T10:00:00+01:00")
ALLOCATION = datetime.fromisoformat("2024-09-10T10:00:00+02:00")
LAUNCH = datetime.fromisoformat("2024-10-01T10:00:00+02:00")
END = datetime.fromisoformat("2025-03-31T18:00:00+02:00")


@dataclass(frozen=True)
class World:
    """The service in one edition; times are those of the sandbox clock."""

    client: httpx.AsyncClient
    bearer: Bearer
    database: Database
    clock: SandboxClock
    edition: int = 1

    def in_a_new_edition(self) -> "World":
        """The same, in an edition where nothing has happened."""
        return replace(self, edition=next(EDITIONS))

    def somebody(self, role: Role, organisation: str) -> "Caller":
        """Who calls."""
        return Caller(self.client, self.bearer(role, organisation=organisation, subject=f"{role}-{organisation}"))

    @property
    def programme(self) -> "Caller":
        """Somebody of the programme team."""
        return self.somebody(Role.PROGRAMME, "paris-and-co")

    @property
    def metropole(self) -> "Caller":
        """Somebody of the Métropole."""
        return self.somebody(Role.METROPOLE, METROPOLE)

    @property
    def signatory(self) -> "Caller":
        """Who signs for the commune."""
        return self.somebody(Role.COMMUNE_SIGNATORY, COMMUNE)

    @property
    def agent(self) -> "Caller":
        """An agent of the commune."""
        return self.somebody(Role.COMMUNE_AGENT, COMMUNE)

    @property
    def stranger(self) -> "Caller":
        """An agent of another commune."""
        return self.somebody(Role.COMMUNE_AGENT, "94033")

    @property
    def holder(self) -> "Caller":
        """The innovator whose project it is."""
        return self.somebody(Role.INNOVATOR, HOLDER)

    async def at(self, moment: datetime) -> None:
        """Move the clock, and let it ring for what has come due."""
        response = await self.programme.post("/sandbox/clock", {"now": moment.isoformat()})
        assert response.status_code == 200, response.text
        ringing = DeadlineClock(self.database, CLOCKS, SqlWork, self.clock)
        while await ringing.fire_next():
            pass

    async def hear(self, *events: Event) -> None:
        """Take messages of selection through the inbox."""
        taken = await self.inbox().take([a_record(event) for event in events], abandon=asyncio.Event())
        assert taken

    def inbox(self) -> Inbox[Work]:
        """The inbox of the service; a dead letter fails the test, there is no broker."""
        return Inbox(self.database, subscribers, SqlWork, self.clock, DeadLetters(_no_broker, "experiments"))

    async def parked(self) -> int:
        """How many messages wait to be tried again."""
        async with self.database.connection() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM parked"))

    async def said(self, aggregate: str | UUID) -> list[str]:
        """The types of the events of an aggregate, in order."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT regexp_replace(type, '^fr[.]metropolegrandparis[.]qmi[.]', '') AS type"
                " FROM event_log WHERE aggregate_id = $1 ORDER BY version",
                UUID(str(aggregate)),
            )
        return [row["type"] for row in rows]

    async def last_event(self, aggregate: str | UUID) -> Mapping[str, Any]:
        """What the last event of an aggregate says."""
        async with self.database.connection() as connection:
            data = await connection.fetchval(
                "SELECT data FROM event_log WHERE aggregate_id = $1 ORDER BY version DESC LIMIT 1", UUID(str(aggregate))
            )
        event: Mapping[str, Any] = orjson.loads(data)
        return event

    async def selected(self, commune: str = COMMUNE) -> str:
        """The agreement of a laureate, drafted."""
        await self.at(ANNOUNCEMENT)
        await self.hear(a_commune_selected(commune, edition=self.edition, announced_at=ANNOUNCEMENT.astimezone(UTC)))
        listed = await self.programme.get("/v1/agreements", params={"edition": self.edition, "commune": commune})
        agreement_id: str = listed.json()["items"][0]["id"]
        return agreement_id

    async def sent(self) -> str:
        """The path of an agreement its parties may sign."""
        path = f"/v1/agreements/{await self.selected()}"
        await self.at(SENDING)
        await self.programme.done(f"{path}/sending")
        await self.at(SIGNING)
        return path

    async def bound(self) -> str:
        """The path of an agreement in force."""
        path = await self.sent()
        await self.metropole.done(f"{path}/signatures", a_signature_body(METROPOLE))
        await self.signatory.done(f"{path}/signatures", a_signature_body(COMMUNE))
        return path

    async def planned(self, commune: str = COMMUNE) -> str:
        """The path of an experiment, planned on the day of its allocation."""
        await self.at(ALLOCATION)
        allocated = a_project_allocated(commune, edition=self.edition, proposal_id=new_id())
        await self.hear(allocated)
        listed = await self.programme.get("/v1/experiments", params={"edition": self.edition, "commune": commune})
        found = [row["id"] for row in listed.json()["items"] if row["proposal_id"] == str(allocated.proposal_id)]
        return f"/v1/experiments/{found[0]}"

    async def prepared(self) -> str:
        """The path of an experiment that lacks nothing of its own."""
        path = await self.planned()
        await self.programme.done(f"{path}/structuring")
        await self.programme.replaced(path, "protocol", a_protocol_body())
        await self.agent.replaced(path, "site", a_site_body())
        return path

    async def running(self) -> str:
        """The path of an experiment in the street."""
        await self.bound()
        path = await self.prepared()
        await self.at(LAUNCH)
        await self.programme.done(f"{path}/launch")
        return path

    async def evaluated(self) -> str:
        """The path of an experiment with its conclusion."""
        path = await self.running()
        report = await self.holder.post(f"{path}/field-reports", a_report_body(), key=str(new_id()))
        await self.at(END)
        await self.programme.done(f"{path}/completion")
        await self.programme.replaced(path, "evaluation", an_evaluation_body(report.json()["id"]))
        return path


@dataclass(frozen=True)
class Caller:
    """Somebody with a token."""

    client: httpx.AsyncClient
    headers: Mapping[str, str]

    async def get(self, path: str, **options: Any) -> Response:
        """Read."""
        return await self.client.get(path, headers=self.headers, **options)

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> Response:
        """Act, or create with an Idempotency-Key."""
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        content: dict[str, Any] = {} if body is None else {"json": body}
        return await self.client.post(path, headers=headers, **content)

    async def put(self, path: str, body: object, version: int | None) -> Response:
        """Replace what one has read in this version."""
        headers = {**self.headers, **({} if version is None else {"If-Match": f'"{version}"'})}
        return await self.client.put(path, headers=headers, json=body)

    async def done(self, path: str, body: object = None) -> None:
        """Act, and succeed."""
        response = await self.post(path, body)
        assert response.status_code == 204, response.text

    async def replaced(self, path: str, part: str, body: object) -> None:
        """Replace a part of an experiment as it is now, and succeed."""
        version = (await self.get(path)).json()["version"]
        response = await self.put(f"{path}/{part}", body, version)
        assert response.status_code == 204, response.text


def a_record(event: Event) -> Record:
    """The record of an event of selection, as it comes from the topic."""
    identifier = new_id()
    envelope = Envelope.of(event, id=identifier, time=datetime.now(UTC), sequence=1, correlation_id=identifier)
    wire = envelope.to_kafka()
    return read(
        topic=SELECTION_EVENTS,
        partition=0,
        offset=0,
        timestamp=datetime.now(UTC),
        key=wire.key,
        value=wire.value,
        headers=tuple(wire.headers),
    )


def a_signature_body(party: str, **changes: Any) -> dict[str, Any]:
    """A signature on the day `SIGNING`."""
    authority = {
        "body": "Conseil municipal",
        "deliberation_number": "2024-031",
        "deliberation_date": "2024-02-15",
    }
    return {"party": party, "authority": authority, "signed_on": "2024-02-27", "place": "Aubervilliers", **changes}


def a_protocol_body(**changes: Any) -> dict[str, Any]:
    """A protocol of one indicator."""
    indicator = {"code": "temperature", "label": "À 15 h", "unit": "°C", "baseline": "38.5", "target": 35}
    return {
        "hypotheses": ["L'ombrage abaisse la température ressentie."],
        "indicators": [indicator],
        "method": "Relevés quotidiens.",
        "calendar": [{"label": "Relevés", "starts_on": "2024-10-01", "ends_on": "2025-03-31"}],
        **changes,
    }


def a_site_body(**changes: Any) -> dict[str, Any]:
    """A square hosted by a partner."""
    return {"name": "Place inventée", "host": "Bailleur inventé", "host_agreed_on": "2024-09-01", **changes}


def a_report_body(**changes: Any) -> dict[str, Any]:
    """A report of the day of the launch."""
    return {"reported_on": "2024-10-01", "summary": "Mise en place", "observations": "Rien à signaler.", **changes}


def an_evaluation_body(report_id: str, **changes: Any) -> dict[str, Any]:
    """A conclusive evaluation resting on one report."""
    mark = {"rating": 4, "justification": "Les relevés le montrent.", "reports": [report_id]}
    marks = dict.fromkeys(("effectiveness", "feasibility", "sustainability"), mark)
    return {**marks, "conclusion": "conclusive", **changes}


def _no_broker() -> AIOKafkaProducer:
    raise AssertionError("nothing was to be buried")
