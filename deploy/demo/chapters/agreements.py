"""The agreements: drafted as soon as the laureates are known, sent, signed by both parties, in force."""

from datetime import date
from typing import Any

from deploy.demo.material import commune_name
from deploy.demo.people import DEPUTY, METROPOLE, PROGRAMME, Person, mayor
from deploy.demo.stage import Stage
from deploy.demo.waiting import side_by_side
from shared.kit.clock import french_date

SERVICE = "experiments"


async def agreements(stage: Stage) -> None:
    """One for each laureate, due within a calendar month of the announcement."""
    laureates = len(stage.material.facts.laureates.communes)
    drafted = await stage.listed(SERVICE, "/v1/agreements", laureates)
    due = french_date(max(date.fromisoformat(each["due_on"]) for each in drafted))
    stage.say.tell(
        f"{laureates} conventions préparées d’elles-mêmes, à signer au plus tard le {due} (un mois calendaire)."
    )
    await stage.reach("sending")
    await side_by_side(lambda each: _send(stage, each), [each for each in drafted if each["status"] == "draft"])
    await stage.reach("communes_sign")
    await side_by_side(lambda each: _sign(stage, each, each["commune"], mayor(each["commune"])), drafted)
    if any(each["status"] != "in_force" for each in drafted):
        await _sign_twice(stage, drafted[0])
    await stage.reach("metropole_signs")
    await side_by_side(lambda each: _sign(stage, each, METROPOLE, DEPUTY), drafted)
    await stage.listener.heard("agreement-entered-into-force.v1", laureates)
    names = ", ".join(commune_name(each["commune"]) for each in drafted)
    stage.say.tell(f"[bold]{laureates} conventions en vigueur[/] à la dernière signature : {names}.")


async def _send(stage: Stage, agreement: dict[str, Any]) -> None:
    await stage.platform.act(PROGRAMME, SERVICE, f"/v1/agreements/{agreement['id']}/sending")
    stage.say.tick(20)


async def _sign(stage: Stage, agreement: dict[str, Any], party: str, who: Person) -> None:
    path = f"/v1/agreements/{agreement['id']}"
    read = await stage.platform.get(PROGRAMME, SERVICE, path)
    if party not in {signature["party"] for signature in read["signatures"]}:
        await stage.platform.act(who, SERVICE, f"{path}/signatures", await _signature(stage, party))
    stage.say.tick(20)


async def _sign_twice(stage: Stage, agreement: dict[str, Any]) -> None:
    party = agreement["commune"]
    path = f"/v1/agreements/{agreement['id']}/signatures"
    problem = await stage.platform.refusal(mayor(party), "POST", SERVICE, path, await _signature(stage, party))
    stage.say.refused("Signer une seconde fois", problem)


async def _signature(stage: Stage, party: str) -> dict[str, Any]:
    """The deliberation that authorises the signatory is invented."""
    year = stage.calendar.year()
    metropole = party == METROPOLE
    facts = stage.material.facts.laureates
    return {
        "party": party,
        "authority": {
            "body": facts.body if metropole else "Conseil municipal",
            "deliberation_number": f"EXEMPLE-{year}-{party}",
            "deliberation_date": stage.calendar.at("announcement" if metropole else "sending").date().isoformat(),
        },
        "signed_on": (await stage.clocks.now()).date().isoformat(),
        "place": "Paris" if metropole else commune_name(party),
    }
