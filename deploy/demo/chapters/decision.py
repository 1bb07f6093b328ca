"""The decision: recommended by the committee, ratified by the Bureau, announced at once and not before."""

from datetime import timedelta
from typing import Any

from deploy.demo.chapters.committee import members
from deploy.demo.material import commune_name
from deploy.demo.people import DEPUTY, PROGRAMME, elected_referent
from deploy.demo.stage import COMMUNES, Stage
from deploy.demo.trouble import DemoFailed
from deploy.demo.waiting import until
from shared.kit.clock import french_date

SERVICE = "selection"


async def decision(stage: Stage) -> None:
    """Six laureates for a quota of four, with a written reason; eight communes learn their outcome together."""
    round_ = await stage.round_of("commune-rounds", COMMUNES)
    path = f"/v1/commune-rounds/{round_['id']}"
    if round_["status"] == "unsealed":
        await _recommend(stage, path)
    await stage.reach("bureau")
    if round_["status"] in {"unsealed", "recommended"}:
        await _ratify(stage, path)
    await stage.reach(stage.calendar.at("announcement") + timedelta(seconds=1))
    laureates, received = len(stage.material.facts.laureates.communes), len(stage.material.dossiers.submitted)
    await stage.listener.heard("round-announced.v1")
    await stage.listener.heard("commune-selected.v1", laureates)
    await _show(stage)
    await _concluded(stage, {"selected": laureates, "not_selected": received - laureates})


async def _recommend(stage: Stage, path: str) -> None:
    platform, say, words = stage.platform, stage.say, stage.material.committee
    ranking = await platform.get(PROGRAMME, SERVICE, f"{path}/ranking")
    body = _ballot(stage, ranking["standings"])
    problem = await platform.refusal(PROGRAMME, "POST", SERVICE, f"{path}/recommendation", body)
    say.refused("Recommander six communes sans motiver le dépassement", problem)
    body["over_quota_reason"] = words.over_quota_reason
    await platform.act(PROGRAMME, SERVICE, f"{path}/recommendation", body)
    say.tell("Recommandation adoptée : [bold]six communes pour un quota de quatre[/], par décision motivée.")
    say.tell(f"« {words.over_quota_reason} »", invented=True)


async def _ratify(stage: Stage, path: str) -> None:
    platform, facts = stage.platform, stage.material.facts.laureates
    announce_at = stage.calendar.at("announcement")
    if (now := await stage.clocks.now()) >= announce_at:
        announce_at = now + timedelta(seconds=2)
    number = stage.material.committee.deliberation_number.format(year=stage.calendar.year())
    day = stage.calendar.on(facts.designated_on)
    body = {
        "body": facts.body,
        "deliberation_number": number,
        "deliberation_date": day.isoformat(),
        "announce_at": announce_at.isoformat(),
    }
    await platform.act(DEPUTY, SERVICE, f"{path}/ratification", body)
    stage.tell_fact(f"Le {facts.body} désigne six lauréates le [bold]{french_date(day)}[/].", facts.source)
    stage.say.tell(f"Délibération {number}, annonce à 20 h.", invented=True)
    first = stage.material.dossiers.submitted[0]
    own = await platform.items(elected_referent(first.insee), SERVICE, "/v1/commune-results")
    if any(each["edition"] == stage.edition for each in own):
        raise DemoFailed("Une commune lit son résultat avant l’annonce : l’embargo n’est pas tenu.")
    stage.say.tell("Sous embargo jusqu’à l’annonce : une commune qui demande son résultat ne voit rien.")


def _ballot(stage: Stage, standings: list[dict[str, Any]]) -> dict[str, Any]:
    """The six best of the ranking, the others not retained, each with its reason."""
    selected = len(stage.material.facts.laureates.communes)
    texts = {text.insee: text for text in stage.material.dossiers.communes}
    order = [standing["candidature_id"] for standing in standings]
    return {
        "selected": order[:selected],
        "not_selected": order[selected:],
        "reasons": {each["candidature_id"]: [texts[each["commune"]].reason] for each in standings},
        "present": [str(person.id) for _, person in members(stage)],
        "minutes": stage.material.committee.minutes.format(year=stage.calendar.year()),
    }


async def _show(stage: Stage) -> None:
    results = await stage.platform.items(PROGRAMME, SERVICE, "/v1/commune-results")
    own = sorted((r for r in results if r["edition"] == stage.edition), key=lambda r: (r["rank"] or 99, r["commune"]))
    outcomes = {"selected": "[green]lauréate[/]", "waitlisted": "liste d’attente", "not_selected": "non retenue"}
    rows = [(commune_name(r["commune"]), outcomes[r["outcome"]], " ".join(r["reasons"])) for r in own]
    stage.say.table("Décisions annoncées (motifs inventés)", ("Commune", "Décision", "Motifs"), rows)


async def _concluded(stage: Stage, expected: dict[str, int]) -> None:
    call = await stage.known_call(COMMUNES)

    async def look() -> bool:
        found = await stage.platform.items(PROGRAMME, "candidature", "/v1/candidatures", call_id=call["id"])
        states = [each["status"] for each in found]
        return all(states.count(status) == count for status, count in expected.items())

    await until("la conclusion des dossiers", look)
