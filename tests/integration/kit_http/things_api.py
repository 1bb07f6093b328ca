"""The service of things: what the tests call."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from shared.events.candidature import CandidatureStarted
from shared.kit.access import Role, Rule, Rules
from shared.kit.api import (
    Created,
    Documents,
    IfMatch,
    Line,
    Now,
    Once,
    Page,
    Paging,
    Paragraph,
    StrictModel,
    Upload,
    View,
    Who,
    Within,
    Work,
    create_api_app,
    etag,
    problems,
    requires,
    router,
)
from shared.kit.identity import new_id
from shared.kit.refusals import InvalidState, Stale
from shared.kit.settings import Settings
from tests.integration.kit_http.things import SERVICE, SqlWork, Thing, ThingsWork

RULES: Rules = {
    "thing.create": Rule({Role.COMMUNE_AGENT, Role.PROGRAMME}, "own"),
    "thing.read": (Rule({Role.PROGRAMME}, "any"), Rule({Role.COMMUNE_AGENT}, "own")),
    "thing.change": Rule({Role.COMMUNE_AGENT}, "own"),
    **dict.fromkeys(("thing.destroy", "thing.break"), Rule({Role.PROGRAMME}, "any")),
}
UPLOADED = 64 * 1024


class NewThing(StrictModel):
    """A thing to make."""

    name: Line
    size: Annotated[int, Field(ge=0)] = 0
    notes: Paragraph | None = None
    since: AwareDatetime | None = None
    weight: float | None = None


class ThingView(View):
    """A thing as shown."""

    id: UUID
    owner: str
    name: str
    size: int


def view(thing: Thing) -> ThingView:
    """What is shown of a thing."""
    return ThingView(id=thing.id, owner=thing.owner, name=thing.name, size=thing.size)


things = router("/v1/things", tags=["Choses"])
HELD: dict[str, asyncio.Event] = {}
TAKEN: set[str] = set()
COLLISIONS: dict[str, int] = {}


@things.post("", status_code=201, dependencies=[requires("thing.create")], responses=problems(409))
async def make(body: NewThing, work: Work[ThingsWork], once: Once, who: Who, now: Now) -> Created:
    """Faire une chose."""
    created = Created(id=new_id())
    once.answers(work, created, version=1)
    await make_thing(Thing(created.id, who.organisation or "", body.name, body.size, 1), work, now)
    return created


async def make_thing(thing: Thing, work: ThingsWork, now: datetime) -> None:
    """Add it and say so; refused when its name is taken, waits in the transaction when the test holds its name."""
    async with work:
        if thing.name in TAKEN:
            raise InvalidState("taken", [])
        await work.things.add(thing)
        await work.publish(
            thing.id,
            CandidatureStarted(candidature_id=thing.id, call_id=thing.id, edition=2, commune="93001", started_at=now),
        )
        if thing.name in HELD:
            await HELD[thing.name].wait()


@things.get("", dependencies=[requires("thing.read")])
async def listing(work: Work[ThingsWork], within: Within, paging: Paging) -> Page[ThingView]:
    """Lister les choses visibles."""
    async with work:
        after = str(paging.after[0]) if paging.after else None
        found = await work.things.page(within, after, paging.fetch)
    return paging.page(found, view, lambda thing: [thing.name])


@things.get("/{thing_id}", dependencies=[requires("thing.read")])
async def read(thing_id: UUID, work: Work[ThingsWork], within: Within, response: Response) -> ThingView:
    """Lire une chose."""
    async with work:
        thing = await work.things.get(thing_id, within)
    etag(response, thing.version)
    return view(thing)


@things.put("/{thing_id}", status_code=204, dependencies=[requires("thing.change")])
async def change(
    thing_id: UUID, body: NewThing, expected: IfMatch, work: Work[ThingsWork], within: Within, response: Response
) -> None:
    """Changer une chose."""
    async with work:
        thing = await work.things.get(thing_id, within)
        if thing.version != expected:
            raise Stale
        await work.things.save(Thing(thing.id, thing.owner, body.name, body.size, thing.version))
    etag(response, expected + 1)


@things.post("/{thing_id}/growth", status_code=204, dependencies=[requires("thing.change")])
async def grow(thing_id: UUID, work: Work[ThingsWork], within: Within) -> None:
    """Faire grandir une chose de un, sans dire quelle version on a lue."""
    async with work:
        thing = await work.things.get(thing_id, within)
        await asyncio.sleep(0.01)
        await work.things.save(Thing(thing.id, thing.owner, thing.name, thing.size + 1, thing.version))


@things.delete("/{thing_id}", status_code=204, dependencies=[requires("thing.destroy")], responses=problems(409))
async def destroy(thing_id: UUID) -> None:
    """Détruire une chose : jamais possible."""
    raise InvalidState("made", ["changed"])


@things.post("/{thing_id}/files", status_code=201, dependencies=[requires("thing.change")])
async def attach(
    thing_id: UUID, upload: Upload, documents: Documents, work: Work[ThingsWork], once: Once, within: Within
) -> Created:
    """Joindre un fichier."""
    await once.recall()
    stored = await documents.put(upload.stream(), UPLOADED, declared=upload.media_type)
    created = Created(id=UUID(stored.key.split(".")[0]))
    once.answers(work, created)
    async with work:
        await work.things.get(thing_id, within)
    return created


@things.get("/files/{key}", dependencies=[requires("thing.read")], response_class=StreamingResponse)
async def download(key: Line, documents: Documents) -> StreamingResponse:
    """Lire un fichier."""
    return StreamingResponse(await documents.open(key), media_type="application/octet-stream")


breakage = router("/v1/breakage", tags=["Pannes"])


@breakage.post("/collisions/{name}", status_code=204, dependencies=[requires("thing.break")])
async def collide(name: str, work: Work[ThingsWork]) -> None:
    """Échouer par collision de transactions tant qu'il en reste à ce nom."""
    async with work:
        if COLLISIONS.get(name, 0) > 0:
            COLLISIONS[name] -= 1
            await work.connection.execute("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$")  # type: ignore[attr-defined]


@breakage.post("/bug", status_code=204, dependencies=[requires("thing.break")])
async def bug() -> None:
    """Échouer par une faute de programmation."""
    raise KeyError("the password of the database")


@breakage.post("/cut", status_code=204, dependencies=[requires("thing.break")])
async def cut(work: Work[ThingsWork]) -> None:
    """Attendre dans une instruction, que le test coupe."""
    async with work:
        await work.connection.execute("SELECT pg_sleep(10)")  # type: ignore[attr-defined]


def create_app(settings: Settings) -> FastAPI:
    """The application of the tests."""
    return create_api_app(
        service=SERVICE,
        settings=settings,
        routers=[things, breakage],
        access=RULES,
        work_factory=SqlWork,
        title="Choses",
        description="Le service des essais.",
    )
