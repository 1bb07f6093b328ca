"""The candidature service with a call and a dossier in each state, so that wrong input reaches the domain."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.builders.candidature import COMMUNE
from tests.integration.candidature.world import (
    Caller,
    World,
    a_call_body,
    a_contact_body,
    a_project_call_body,
    a_proposal_body,
)
from tests.integration.fuzz.seeds import Identity, Place, Seeds


async def plant(world: World) -> Seeds:
    """Calls in draft, open and closed; dossiers in draft, complete, sent and too late; proposals; contacts."""
    agent, programme, innovator = world.agent, world.programme, world.innovator
    late = [await _sent_before_its_call_closed(world) for _ in range(2)]
    call, project_call = await world.open_call(), await world.open_project_call()
    unanswered = [await world.open_call() for _ in range(3)]
    coming = [await _coming(programme) for _ in range(4)]
    complete = [await world.completed(call), *[await world.completed(await world.open_call()) for _ in range(2)]]
    sent = [await world.submitted(await world.open_call()) for _ in range(2)]
    drafts = [await world.started(await world.open_call(), agent) for _ in range(3)]
    proposals = [await _proposed(innovator, project_call) for _ in range(5)]
    for each in proposals[3:]:
        await innovator.post(f"/v1/proposals/{each}/submission", key=None)
    contacts = [await agent.contact(function) for function in ("referent_agent", "elected_referent", "signatory")]
    contacts += [await programme.contact("programme"), await innovator.contact("project_holder")]
    parts = [place for each in (*complete[1:], sent[1]) for place in await _parts(agent, each)]
    dossier, proposal = "/v1/candidatures/{candidature_id}", "/v1/proposals/{proposal_id}"
    spare = await _parts(agent, complete[0])
    kept = (await agent.get(f"/v1/candidatures/{complete[0]}/documents")).json()["items"]
    attesting = [each["id"] for each in kept if each["kind"] == "partner_support"]
    return Seeds(
        identities=_identities(world),
        places=(
            *({"call_id": each} for each in (call, project_call, *coming[2:])),
            *({"candidature_id": each} for each in (complete[1], sent[1], late[1], drafts[1])),
            *parts,
            *({"proposal_id": each} for each in (*proposals[1:3], proposals[4])),
            *({"contact_id": each} for each in contacts[1:]),
        ),
        reserved={
            "POST /v1/calls/{call_id}/publication": [{"call_id": coming[0]}],
            "PATCH /v1/calls/{call_id}": [{"call_id": coming[1]}],
            "PUT /v1/calls/{call_id}/questions": [{"call_id": coming[1]}],
            f"POST {dossier}/submission": [{"candidature_id": complete[2]}],
            f"POST {dossier}/reopening": [{"candidature_id": sent[0]}],
            f"POST {dossier}/withdrawal": [{"candidature_id": drafts[0]}],
            f"POST {dossier}/admission": [{"candidature_id": late[0]}],
            f"POST {dossier}/supports": [{"candidature_id": complete[0]}],
            f"POST {dossier}/documents": [{"candidature_id": drafts[2]}],
            f"DELETE {dossier}/documents/{{document_id}}": [each for each in spare if "document_id" in each],
            f"DELETE {dossier}/sectors/{{sector_id}}": [each for each in spare if "sector_id" in each],
            f"DELETE {dossier}/supports/{{support_id}}": [each for each in spare if "support_id" in each],
            f"POST {proposal}/submission": [{"proposal_id": proposals[0]}],
            f"POST {proposal}/admission": [{"proposal_id": proposals[3]}],
            "PUT /v1/contacts/{contact_id}": [{"contact_id": str(new_id())}],
            "DELETE /v1/contacts/{contact_id}": [{"contact_id": contacts[0]}],
        },
        known={
            "call_id": [*unanswered, project_call],
            "document_id": attesting,
            **dict.fromkeys(("elected_referent", "referent_agent", "communication_referent"), contacts),
        },
        bodies=_bodies(unanswered[0], project_call, attesting[0], contacts),
    )


def _identities(world: World) -> tuple[Identity, ...]:
    def identity(caller: Caller, role: Role) -> Identity:
        return Identity(role.value, caller.headers, frozenset({role}), caller.organisation)

    return (
        Identity("nobody"),
        identity(world.somebody(Role.PARTNER, "institut-paris-region"), Role.PARTNER),
        identity(world.agent, Role.COMMUNE_AGENT),
        identity(world.innovator, Role.INNOVATOR),
        identity(world.programme, Role.PROGRAMME),
    )


def _bodies(
    call_id: str, project_call_id: str, document_id: str, contacts: Sequence[str]
) -> Mapping[str, Sequence[object]]:
    dossier, proposal = "/v1/candidatures/{candidature_id}", "/v1/proposals/{proposal_id}"
    support = {"partner_name": "Les Jardins", "partner_kind": "association", "document_id": document_id}
    questions = [{"key": "challenge", "label": "Quel défi ?", "max_length": 500}]
    sourced = a_proposal_body(project_call_id, organisation="siret:12345678200002", origin="sourced")
    return {
        "POST /v1/calls": [a_call_body(), a_project_call_body()],
        "PATCH /v1/calls/{call_id}": [{"title": "Autre titre", "quota": 5, "closes_at": "2024-02-14"}],
        "PUT /v1/calls/{call_id}/questions": [{"questions": questions}],
        "POST /v1/candidatures": [{"call_id": call_id}],
        f"PATCH {dossier}/form": [{"answers": {"challenge": "De l'ombre."}}],
        f"PUT {dossier}/team": [{"elected_referent": contacts[1], "experts": [contacts[0]]}],
        f"PUT {dossier}/sectors/{{sector_id}}": [{"name": "Centre", "description": "Autour de la gare."}],
        f"POST {dossier}/supports": [support],
        f"PUT {dossier}/sharing": [{"shared": True}],
        f"POST {dossier}/admission": [{"admitted": True, "reasons": []}, {"admitted": False, "reasons": ["Non."]}],
        "POST /v1/proposals": [a_proposal_body(project_call_id), sourced],
        f"PATCH {proposal}": [{"title": "Autre", "ranked_communes": ["91027", "93001"]}],
        f"POST {proposal}/admission": [{"admitted": True, "reasons": []}, {"admitted": False, "reasons": ["Non."]}],
        "PUT /v1/contacts/{contact_id}": [a_contact_body(organisation=COMMUNE)],
    }


async def _sent_before_its_call_closed(world: World) -> str:
    """A dossier the programme team may examine."""
    await world.at(datetime.fromisoformat("2023-10-01T10:00:00+02:00"))
    call_id: str = (await world.programme.post("/v1/calls", a_call_body(closes_at="2023-11-20"))).json()["id"]
    await world.programme.post(f"/v1/calls/{call_id}/publication", key=None)
    await world.at(datetime.fromisoformat("2023-11-02T10:00:00+01:00"))
    return await world.submitted(call_id)


async def _coming(programme: Caller) -> str:
    """A call in draft, that may still be published."""
    dates = {"opens_at": "2024-01-08", "closes_at": "2024-02-12", "notify_on": "2024-03-12"}
    created = await programme.post("/v1/calls", a_call_body(**dates))
    call_id: str = created.json()["id"]
    return call_id


async def _proposed(innovator: Caller, call_id: str) -> str:
    response = await innovator.post("/v1/proposals", a_proposal_body(call_id))
    assert response.status_code == 201, response.text
    proposal_id: str = response.json()["id"]
    return proposal_id


async def _parts(agent: Caller, candidature_id: str) -> list[Place]:
    """The documents, the sectors and the supports of a dossier."""
    dossier = (await agent.get(f"/v1/candidatures/{candidature_id}")).json()
    documents = (await agent.get(f"/v1/candidatures/{candidature_id}/documents")).json()["items"]
    named = {"document_id": documents, "sector_id": dossier["sectors"], "support_id": dossier["supports"]}
    here = {"candidature_id": candidature_id}
    found: list[Place] = [{**here, name: each["id"]} for name, parts in named.items() for each in parts]
    return [*found, {**here, "sector_id": str(new_id())}]
