"""The candidature service as its callers see it: its HTTP interface, its clocks, its scanner, on a real database."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
from httpx import Response

from services.candidature.clocks import CLOCKS
from services.candidature.gateways.scans import scan_next
from services.candidature.store.unit_of_work import SqlWork
from shared.kit.access import Role
from shared.kit.deadlines import DeadlineClock
from shared.kit.documents import DocumentStore
from shared.kit.identity import new_id
from shared.kit.scanning import SignatureScanner
from shared.kit.worker import Plant
from tests.builders.candidature import COMMUNE, WAVE_COMMUNES
from tests.integration.kit_http.conftest import Bearer

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
EDITIONS = itertools.count(2)

OPENING = datetime.fromisoformat("2023-10-23T00:00:00+02:00")
DURING = datetime.fromisoformat("2023-12-01T10:00:00+01:00")
DEADLINE = datetime.fromisoformat("2024-01-12T23:59:59+01:00")
AFTERWARDS = datetime.fromisoformat("2024-01-15T10:00:00+01:00")


@dataclass
class World:
    """One caller at a time; times are those of the sandbox clock."""

    client: httpx.AsyncClient
    bearer: Bearer
    plant: Plant[SqlWork]

    def somebody(self, role: Role = Role.COMMUNE_AGENT, organisation: str = COMMUNE) -> "Caller":
        """Who calls."""
        headers = self.bearer(role, organisation=organisation, subject=f"{role}-{organisation}")
        return Caller(self, headers, organisation)

    @property
    def programme(self) -> "Caller":
        """Somebody of the programme team."""
        return self.somebody(Role.PROGRAMME, "paris-and-co")

    @property
    def agent(self) -> "Caller":
        """An agent of Aubervilliers."""
        return self.somebody()

    @property
    def innovator(self) -> "Caller":
        """An invented start-up."""
        return self.somebody(Role.INNOVATOR, "siret:12345678200002")

    async def at(self, moment: datetime) -> None:
        """Move the clock, and let it ring for what has come due."""
        response = await self.programme.post("/sandbox/clock", {"now": moment.isoformat()}, key=None)
        assert response.status_code == 200, response.text
        clock = DeadlineClock(self.plant.database, CLOCKS, SqlWork, self.plant.clock)
        while await clock.fire_next():
            pass

    async def scan(self) -> None:
        """Let the scanner see every file that waits."""
        store = DocumentStore(str(self.plant.settings.documents))
        while await scan_next(self.plant, store, SignatureScanner()):
            pass

    async def said(self, aggregate: str | UUID) -> list[str]:
        """The types of the events of an aggregate, in order."""
        return [event["type"] for event in await self.events(aggregate)]

    async def events(self, aggregate: str | UUID) -> list[Mapping[str, Any]]:
        """The events of an aggregate, in order."""
        async with self.plant.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT regexp_replace(type, '^fr[.]metropolegrandparis[.]qmi[.]', '') AS type, data, actor"
                " FROM event_log WHERE aggregate_id = $1 ORDER BY version",
                UUID(str(aggregate)),
            )
        return [{**row, "data": orjson.loads(row["data"])} for row in rows]

    async def open_call(self, **changes: Any) -> str:
        """A call to communes that is open on the day `DURING`."""
        await self.at(datetime.fromisoformat("2023-10-01T10:00:00+02:00"))
        body = {**a_call_body(), **changes}
        call_id: str = (await self.programme.post("/v1/calls", body)).json()["id"]
        published = await self.programme.post(f"/v1/calls/{call_id}/publication", key=None)
        assert published.status_code == 204, published.text
        await self.at(DURING)
        return call_id

    async def open_project_call(self, **changes: Any) -> str:
        """A project call that is open on the day `DURING`."""
        return await self.open_call(**{**a_project_call_body(), **changes})

    async def started(self, call_id: str | None = None, caller: "Caller | None" = None) -> str:
        """A draft dossier."""
        response = await (caller or self.agent).post("/v1/candidatures", {"call_id": call_id or await self.open_call()})
        assert response.status_code == 201, response.text
        candidature_id: str = response.json()["id"]
        return candidature_id

    async def completed(self, call_id: str | None = None, commune: str = COMMUNE) -> str:
        """A draft dossier in which nothing is missing, its files scanned."""
        agent = self.somebody(organisation=commune)
        candidature_id = await self.started(call_id, agent)
        path = f"/v1/candidatures/{candidature_id}"
        people = [await agent.contact(function) for function in ("elected_referent", "referent_agent")]
        asked = (await agent.get(path)).json()
        questions = (await agent.get(f"/v1/calls/{asked['call_id']}")).json()["questions"]
        await agent.change(f"{path}/form", {"answers": {each["key"]: "Réponse inventée." for each in questions}})
        team = {"elected_referent": people[0], "referent_agent": people[1]}
        await agent.change(f"{path}/team", team, method="PUT")
        sector = {"name": "Centre", "description": "Autour de la gare."}
        await agent.change(f"{path}/sectors/{new_id()}", sector, method="PUT")
        files = {kind: await agent.upload(path, kind) for kind in ("mayor_commitment", "sector_sheet")}
        files["partner_support"] = await agent.upload(path, "partner_support")
        support = {"partner_name": "Les Jardins Partagés", "partner_kind": "association"}
        added = await agent.post(f"{path}/supports", {**support, "document_id": files["partner_support"]})
        assert added.status_code == 201, added.text
        await self.scan()
        return candidature_id

    async def submitted(self, call_id: str | None = None, commune: str = COMMUNE) -> str:
        """A dossier that was sent."""
        candidature_id = await self.completed(call_id, commune)
        agent = self.somebody(organisation=commune)
        sent = await agent.post(f"/v1/candidatures/{candidature_id}/submission", key=None)
        assert sent.status_code == 204, sent.text
        return candidature_id


@dataclass(frozen=True)
class Caller:
    """Somebody with a token."""

    world: World
    headers: Mapping[str, str]
    organisation: str

    async def get(self, path: str, **options: Any) -> Response:
        """Read."""
        return await self.world.client.get(path, headers=self.headers, **options)

    async def post(self, path: str, body: object = None, *, key: str | None = "") -> Response:
        """Create or act; a fresh Idempotency-Key unless given, none when None."""
        headers = dict(self.headers) | ({} if key is None else {"Idempotency-Key": key or str(new_id())})
        return await self.world.client.post(path, headers=headers, json=body)

    async def send(self, method: str, path: str, body: object, version: int | None) -> Response:
        """Change what one has read in this version."""
        headers = dict(self.headers) | ({} if version is None else {"If-Match": f'"{version}"'})
        return await self.world.client.request(method, path, headers=headers, json=body)

    async def change(self, path: str, body: object, *, method: str = "PATCH") -> Response:
        """Change a part of a dossier as it is now."""
        dossier = "/".join(path.split("/")[:4])
        version = (await self.get(dossier)).json()["version"]
        response = await self.send(method, path, body, version)
        assert response.status_code == 204, response.text
        return response

    async def contact(self, function: str = "referent_agent", organisation: str = "") -> str:
        """Somebody in the directory of the caller's organisation."""
        contact_id = str(new_id())
        body = a_contact_body(function=function, organisation=organisation or self.organisation)
        response = await self.send("PUT", f"/v1/contacts/{contact_id}", body, None)
        assert response.status_code == 204, response.text
        return contact_id

    async def upload(
        self, path: str, kind: str, content: bytes = PDF, *, media_type: str = "application/pdf", name: str = "f.pdf"
    ) -> str:
        """A file in a dossier."""
        response = await self.put_file(path, content, kind=kind, media_type=media_type, name=name)
        assert response.status_code == 201, response.text
        document_id: str = response.json()["id"]
        return document_id

    async def put_file(
        self,
        path: str,
        content: bytes,
        *,
        kind: str = "other",
        media_type: str = "application/pdf",
        name: str = "f.pdf",
        **headers: str,
    ) -> Response:
        """Send a file, whatever becomes of it."""
        return await self.world.client.post(
            f"{path}/documents",
            params={"kind": kind, "name": name},
            content=content,
            headers={
                **self.headers,
                "Idempotency-Key": str(new_id()),
                "Content-Type": media_type,
                **{key.replace("_", "-"): value for key, value in headers.items()},
            },
        )


def a_call_body(**changes: Any) -> dict[str, Any]:
    """The call to communes, each time of another edition: an edition has one."""
    return {
        "edition": next(EDITIONS),
        "kind": "EXPRESSION_OF_INTEREST",
        "title": "Appel à manifestation d'intérêt",
        "opens_at": "2023-10-23",
        "closes_at": "2024-01-12",
        "notify_on": "2024-02-06",
        "quota": 4,
        **changes,
    }


def a_project_call_body(**changes: Any) -> dict[str, Any]:
    """The project call of a first wave."""
    project = {
        "kind": "PROJECT",
        "wave": 1,
        "title": "Appel à projets",
        "required_documents": [],
        "projects_min": 6,
        "projects_max": 8,
        "communes": list(WAVE_COMMUNES),
        "challenges": [{"commune": WAVE_COMMUNES[0], "title": "Défi inventé"}],
    }
    return a_call_body(**{**project, **changes})


def a_proposal_body(call_id: str, **changes: Any) -> dict[str, Any]:
    """A proposal in which nothing is missing."""
    return {
        "call_id": call_id,
        "title": "Ombrières démontables",
        "holder": {"name": "Ombrières Inventées", "legal_form": "startup", "siret": "12345678200002"},
        "solution": "Des ombrières qui suivent le soleil.",
        "themes": ["îlots de chaleur"],
        "maturity": "tested",
        "ranked_communes": ["91027", "93001"],
        **changes,
    }


def a_contact_body(**changes: Any) -> dict[str, Any]:
    """An invented person."""
    return {
        "organisation": COMMUNE,
        "function": "referent_agent",
        "name": "Agent référent",
        "email": "agent@example.org",
        **changes,
    }
