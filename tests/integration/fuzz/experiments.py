"""The experiments service with agreements and experiments at each stage of their lives."""

from collections.abc import Mapping, Sequence

from shared.kit.access import Role
from shared.kit.identity import new_id
from tests.builders.experiments import COMMUNE, HOLDER, METROPOLE
from tests.integration.experiments.world import (
    END,
    Caller,
    World,
    a_protocol_body,
    a_report_body,
    a_signature_body,
    a_site_body,
    an_evaluation_body,
)
from tests.integration.fuzz.seeds import Identity, Place, Seeds

_RESOURCE = {"kind": "public_space", "description": "Six places de stationnement"}


async def plant(world: World) -> Seeds:
    """Agreements drafted, sent, in force; experiments planned, ready, running, paused, completed, evaluated."""
    evaluated = await world.in_a_new_edition().evaluated()
    ready = [await _ready(world.in_a_new_edition()) for _ in range(2)]
    planned = [await world.in_a_new_edition().planned() for _ in range(8)]
    draft = [f"/v1/agreements/{await world.in_a_new_edition().selected()}" for _ in range(3)]
    sent = [await world.in_a_new_edition().sent() for _ in range(3)]
    paused, completed, *running = [await world.in_a_new_edition().running() for _ in range(8)]
    report = await _reported(world.holder, completed)
    await world.at(END)
    await world.programme.done(f"{paused}/pause", {"reason": "Travaux."})
    await world.programme.done(f"{completed}/completion")
    for path in planned[5:]:
        await world.programme.done(f"{path}/structuring")
    asked = [await _resource(world.holder, path) for path in planned[:4]]
    return Seeds(
        identities=_identities(world),
        places=(
            *({"agreement_id": _last(path)} for path in (*draft[1:], *sent[1:])),
            *({"experiment_id": _last(path)} for path in (evaluated, *ready[1:], *planned[6:], *running[4:])),
            *asked[2:],
            *({"edition": str(edition)} for edition in (2, 3, 900)),
        ),
        reserved={
            "POST /v1/agreements/{agreement_id}/sending": [{"agreement_id": _last(draft[0])}],
            "POST /v1/agreements/{agreement_id}/signatures": [{"agreement_id": _last(sent[0])}],
            "POST /v1/experiments/{experiment_id}/launch": [{"experiment_id": _last(ready[0])}],
            "POST /v1/experiments/{experiment_id}/resumption": [{"experiment_id": _last(paused)}],
            "POST /v1/experiments/{experiment_id}/pause": [{"experiment_id": _last(running[0])}],
            "POST /v1/experiments/{experiment_id}/stop": [{"experiment_id": _last(running[1])}],
            "POST /v1/experiments/{experiment_id}/completion": [{"experiment_id": _last(running[2])}],
            "POST /v1/experiments/{experiment_id}/field-reports": [{"experiment_id": _last(running[3])}],
            "POST /v1/experiments/{experiment_id}/structuring": [{"experiment_id": _last(planned[4])}],
            "POST /v1/experiments/{experiment_id}/resources": [{"experiment_id": _last(planned[4])}],
            "PUT /v1/experiments/{experiment_id}/protocol": [{"experiment_id": _last(planned[5])}],
            "PUT /v1/experiments/{experiment_id}/site": [{"experiment_id": _last(planned[5])}],
            "PUT /v1/experiments/{experiment_id}/evaluation": [{"experiment_id": _last(completed)}],
            "POST /v1/experiments/{experiment_id}/resources/{request_id}/grant": [asked[0]],
            "POST /v1/experiments/{experiment_id}/resources/{request_id}/withdrawal": [asked[1]],
        },
        known={"reports": [report]},
        bodies=_bodies(report),
    )


def _identities(world: World) -> tuple[Identity, ...]:
    def identity(caller: Caller, role: Role, organisation: str) -> Identity:
        return Identity(role.value, caller.headers, frozenset({role}), organisation)

    partner = world.somebody(Role.PARTNER, "institut-paris-region")
    return (
        Identity("nobody"),
        identity(partner, Role.PARTNER, "institut-paris-region"),
        identity(world.agent, Role.COMMUNE_AGENT, COMMUNE),
        identity(world.signatory, Role.COMMUNE_SIGNATORY, COMMUNE),
        identity(world.holder, Role.INNOVATOR, HOLDER),
        identity(world.programme, Role.PROGRAMME, "paris-and-co"),
    )


def _bodies(report: str) -> Mapping[str, Sequence[object]]:
    institution = {"organisation": "metropole", "name": "Métropole", "represented_by": "son Président"}
    return {
        "PUT /v1/editions/{edition}/agreement-terms": [{"institutions": [institution], "ends_in": "2026-02"}],
        "POST /v1/agreements/{agreement_id}/signatures": [a_signature_body(COMMUNE), a_signature_body(METROPOLE)],
        "POST /v1/agreements/{agreement_id}/abandonment": [{"reason": "La commune renonce."}],
        "POST /v1/experiments/{experiment_id}/pause": [{"reason": "Travaux."}],
        "POST /v1/experiments/{experiment_id}/stop": [{"reason": "Travaux."}],
        "PUT /v1/experiments/{experiment_id}/protocol": [a_protocol_body()],
        "PUT /v1/experiments/{experiment_id}/site": [a_site_body()],
        "POST /v1/experiments/{experiment_id}/resources": [_RESOURCE],
        "POST /v1/experiments/{experiment_id}/field-reports": [a_report_body()],
        "PUT /v1/experiments/{experiment_id}/evaluation": [an_evaluation_body(report)],
    }


async def _ready(world: World) -> str:
    await world.bound()
    return await world.prepared()


async def _reported(holder: Caller, path: str) -> str:
    response = await holder.post(f"{path}/field-reports", a_report_body(), key=str(new_id()))
    assert response.status_code == 201, response.text
    report_id: str = response.json()["id"]
    return report_id


async def _resource(holder: Caller, path: str) -> Place:
    response = await holder.post(f"{path}/resources", _RESOURCE, key=str(new_id()))
    assert response.status_code == 201, response.text
    return {"experiment_id": _last(path), "request_id": response.json()["id"]}


def _last(path: str) -> str:
    return path.rsplit("/", 1)[1]
