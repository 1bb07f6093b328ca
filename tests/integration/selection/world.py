"""The selection service as its callers see it: what it hears, its HTTP interface, its clock, on a real database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
from httpx import Response

from services.selection.clocks import CLOCKS
from services.selection.store.unit_of_work import SqlWork
from services.selection.subscribers import on_candidature
from services.selection.usecases.open_commune_round import commune_round_id
from services.selection.usecases.open_project_round import project_round_id
from shared.events.base import Event
from shared.events.candidature import CandidatureAdmitted, CandidatureWithdrawn, ProposalAdmitted
from shared.events.envelope import Envelope
from shared.events.types import CallKind, LegalForm
from shared.kit.access import Role
from shared.kit.database import Database
from shared.kit.deadlines import DeadlineClock
from shared.kit.identity import new_id
from shared.kit.provenance import Provenance
from shared.kit.sandbox import SandboxClock
from tests.builders.selection import CLOSED_AT, CRITERIA, RECOMMENDED_AT, WAVE_COMMUNES, a_call_closed
from tests.integration.kit_http.conftest import Bearer

COMMUNES = ("93001", "91027", "94033")
CRITERION_CODES = [criterion.code for criterion in CRITERIA]


@dataclass
class World:
    """Everybody calls the same service; times are those of the sandbox clock."""

    client: httpx.AsyncClient
    bearer: Bearer
    database: Database

    def somebody(self, role: Role, organisation: str, person: UUID | None = None) -> "Caller":
        """Who calls; a member of a panel is known by its person."""
        subject = str(person) if person else f"{role}-{organisation}"
        return Caller(self.client, self.bearer(role, organisation=organisation, subject=subject), person or new_id())

    @property
    def programme(self) -> "Caller":
        """Somebody of the programme team."""
        return self.somebody(Role.PROGRAMME, "paris-and-co")

    def commune(self, insee: str) -> "Caller":
        """An agent of a commune."""
        return self.somebody(Role.COMMUNE_AGENT, insee)

    async def hears(self, *events: Event) -> None:
        """The candidature service says so, in this order."""
        for number, event in enumerate(events, 1):
            message = Envelope.of(event, id=new_id(), time=CLOSED_AT, sequence=number, correlation_id=new_id())
            work = SqlWork(self.database, Provenance.of_system("test", at=CLOSED_AT))
            await on_candidature(message, work, SandboxClock(self.database))

    async def at(self, moment: datetime) -> None:
        """Move the clock, and let it ring for what has come due."""
        clock = SandboxClock(self.database)
        await clock.move_to(moment)
        ringing = DeadlineClock(self.database, CLOCKS, SqlWork, clock)
        while await ringing.fire_next():
            pass

    async def events(self, aggregate: UUID | str) -> list[Mapping[str, Any]]:
        """The events of an aggregate, in order: type and data."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT type, data FROM event_log WHERE aggregate_id = $1 ORDER BY version", UUID(str(aggregate))
            )
        return [{"type": row["type"], **orjson.loads(row["data"])} for row in rows]

    async def said(self, aggregate: UUID | str) -> list[str]:
        """The types of the events of an aggregate, in order."""
        return [event["type"].removeprefix("fr.metropolegrandparis.qmi.") for event in await self.events(aggregate)]

    async def on_record(self, subject: UUID | str) -> list[str]:
        """What the access log keeps about a subject."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT action FROM access_log WHERE subject = $1 ORDER BY position", UUID(str(subject))
            )
        return [row["action"] for row in rows]

    async def a_commune_round(self, communes: Sequence[str] = COMMUNES) -> "CommuneRoundWorld":
        """A round under review, with a chair and a member, each speaking for no commune."""
        await self.at(RECOMMENDED_AT)
        call_id = new_id()
        admitted = {commune: new_id() for commune in communes}
        await self.hears(
            *(a_candidature_admitted(each, call_id, commune) for commune, each in admitted.items()),
            a_call_closed(call_id=call_id),
        )
        round_ = CommuneRoundWorld(
            self,
            f"/v1/commune-rounds/{commune_round_id(call_id)}",
            commune_round_id(call_id),
            admitted,
            self.somebody(Role.COMMITTEE_CHAIR, "metropole-grand-paris", new_id()),
            self.somebody(Role.COMMITTEE_MEMBER, "paris-and-co", new_id()),
        )
        await round_.seat(round_.chair, "metropole-grand-paris", chair=True)
        await round_.seat(round_.member, "paris-and-co")
        return round_

    async def a_project_round(self, proposals: int = 3, **changes: Any) -> "ProjectRoundWorld":
        """A wave before its jury: a chair and a juror."""
        await self.at(RECOMMENDED_AT)
        call_id = new_id()
        admitted = [new_id() for _ in range(proposals)]
        closed = a_call_closed(CallKind.PROJECT, call_id=call_id, **changes)
        await self.hears(closed, *(a_proposal_admitted(each, call_id) for each in admitted))
        round_ = ProjectRoundWorld(
            self,
            f"/v1/project-rounds/{project_round_id(call_id)}",
            project_round_id(call_id),
            admitted,
            self.somebody(Role.JUROR, "metropole-grand-paris", new_id()),
            self.somebody(Role.JUROR, "paris-and-co", new_id()),
        )
        for juror, chair in ((round_.chair, True), (round_.juror, False)):
            seat = {"organisation": "paris-and-co", "chair": chair}
            done(await self.programme.put(f"{round_.path}/panel/{juror.person}", seat))
        return round_


@dataclass(frozen=True)
class Caller:
    """Somebody with a token."""

    client: httpx.AsyncClient
    headers: Mapping[str, str]
    person: UUID

    async def get(self, path: str, **options: Any) -> Response:
        """Read."""
        return await self.client.get(path, headers=self.headers, **options)

    async def put(self, path: str, body: object) -> Response:
        """Say one's word."""
        return await self.client.put(path, headers=self.headers, json=body)

    async def post(self, path: str, body: object, *, key: str | None = None) -> Response:
        """Act, or create with an Idempotency-Key."""
        headers = dict(self.headers) | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(path, headers=headers, json=body)


@dataclass(frozen=True)
class CommuneRoundWorld:
    """A commune round and its people."""

    world: World
    path: str
    id: UUID
    candidatures: Mapping[str, UUID]
    chair: Caller
    member: Caller

    def of(self, commune: str) -> str:
        """The path of the candidature of a commune."""
        return f"{self.path}/candidatures/{self.candidatures[commune]}"

    async def seat(self, caller: Caller, organisation: str, *, chair: bool = False) -> None:
        """Name somebody."""
        seat = {"organisation": organisation, "chair": chair}
        done(await self.world.programme.put(f"{self.path}/panel/{caller.person}", seat))

    async def declare(self, caller: Caller, *conflicts: str) -> None:
        """Declare on every candidature, a conflict with those named."""
        for commune in self.candidatures:
            done(await caller.put(f"{self.of(commune)}/declaration", {"conflict": commune in conflicts}))

    async def reviewed(self) -> None:
        """All reviews are in: the first commune has the best scores, the last the worst."""
        for caller in (self.chair, self.member):
            await self.declare(caller)
            for score, commune in zip((5, 3, 1), self.candidatures, strict=True):
                done(await caller.put(f"{self.of(commune)}/review", a_review_body(score)))

    async def unsealed(self) -> None:
        """All reviews are in, and open."""
        await self.reviewed()
        done(await self.chair.post(f"{self.path}/unsealing", {}))

    def recommendation(self, **changes: Any) -> dict[str, Any]:
        """One commune in each list."""
        selected, waitlisted, not_selected = self.candidatures.values()
        return {
            "selected": [str(selected)],
            "waitlisted": [str(waitlisted)],
            "not_selected": [str(not_selected)],
            "reasons": {str(each): ["Motif inventé."] for each in self.candidatures.values()},
            "present": [str(self.chair.person), str(self.member.person)],
            "minutes": "CR-2024-01-30",
            **changes,
        }


@dataclass(frozen=True)
class ProjectRoundWorld:
    """A project round and its people."""

    world: World
    path: str
    id: UUID
    proposals: Sequence[UUID]
    chair: Caller
    juror: Caller

    def of(self, index: int) -> str:
        """The path of a proposal."""
        return f"{self.path}/proposals/{self.proposals[index]}"

    async def scored(self, score: int = 3) -> None:
        """The juror has scored every proposal."""
        for index in range(len(self.proposals)):
            done(await self.juror.put(f"{self.of(index)}/score", {"score": score, "comment": "Mûr."}))

    async def proposed(self, **body: Any) -> str:
        """A computed scenario."""
        response = await self.juror.post(f"{self.path}/allocations", body, key=str(new_id()))
        assert response.status_code == 201, response.text
        scenario_id: str = response.json()["id"]
        return scenario_id


def done(response: Response) -> Response:
    """What must have worked."""
    assert response.status_code in {200, 204}, response.text
    return response


def a_review_body(score: int | str = 3, **changes: Any) -> dict[str, Any]:
    """The same score on every criterion."""
    justifications = dict.fromkeys(CRITERION_CODES, "Justification inventée.")
    return {"scores": dict.fromkeys(CRITERION_CODES, score), "justifications": justifications, **changes}


def a_ratification_body(**changes: Any) -> dict[str, Any]:
    """By the Bureau, on the day of the recommendation, announced a week later."""
    return {
        "body": "Bureau métropolitain",
        "deliberation_number": "BM2024/01/30/10",
        "deliberation_date": "2024-01-30",
        "announce_at": "2024-02-07T10:00:00+01:00",
        **changes,
    }


def a_candidature_admitted(candidature_id: UUID, call_id: UUID, commune: str) -> CandidatureAdmitted:
    """The dossier of a commune may be examined."""
    return CandidatureAdmitted(
        candidature_id=candidature_id, call_id=call_id, edition=2, commune=commune, admitted_at=CLOSED_AT
    )


def a_candidature_withdrawn(candidature_id: UUID, call_id: UUID | str, commune: str) -> CandidatureWithdrawn:
    """A commune gives up."""
    return CandidatureWithdrawn(
        candidature_id=candidature_id,
        call_id=UUID(str(call_id)),
        edition=2,
        commune=commune,
        withdrawn_at=RECOMMENDED_AT,
    )


def a_proposal_admitted(proposal_id: UUID, call_id: UUID, holder_id: str = "siret:12345678200002") -> ProposalAdmitted:
    """A proposal may be examined; its holder would rather go to the last commune of the wave."""
    return ProposalAdmitted(
        proposal_id=proposal_id,
        call_id=call_id,
        edition=2,
        wave=1,
        holder_id=holder_id,
        title="Ombrières inventées",
        legal_form=LegalForm.STARTUP,
        country="FR",
        themes=("fraîcheur",),
        ranked_communes=WAVE_COMMUNES[::-1],
        submitted_at=CLOSED_AT,
        admitted_at=CLOSED_AT,
    )
