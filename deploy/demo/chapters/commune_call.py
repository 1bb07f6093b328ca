"""The call to communes: prepared, published, opened by the clock."""

from datetime import datetime
from typing import Any

from deploy.demo.people import PROGRAMME, referent_agent
from deploy.demo.stage import COMMUNES, Stage
from deploy.demo.waiting import until
from shared.kit.clock import french_date

CODES = ("challenge_relevance", "policy_coherence", "resource_capacity", "team_availability", "partner_diversity")
REFERENTS = 2


async def commune_call(stage: Stage) -> None:
    """Publish the call with its real dates, its quota and its five criteria; the clock opens it."""
    platform, say = stage.platform, stage.say
    facts = stage.material.facts.call
    call_id = await platform.create(PROGRAMME, "candidature", "/v1/calls", _body(stage), step="call")
    call = await platform.get(PROGRAMME, "candidature", f"/v1/calls/{call_id}")
    if call["status"] == "draft":
        await platform.act(PROGRAMME, "candidature", f"/v1/calls/{call_id}/publication")
    window = f"du {french_date(stage.calendar.on(facts.opens_on))} au {french_date(stage.calendar.on(facts.closes_on))}"
    text = f"Appel à manifestation d’intérêt publié : {window}, quota de [bold]{facts.quota}[/] communes."
    stage.tell_fact(text, facts.source)
    for label in stage.material.facts.criteria.labels:
        say.tell(f"  · {label}")
    say.tell("Barème de 0 à 5, poids égaux.", invented=True)
    await _open(stage, call)


async def _open(stage: Stage, call: dict[str, Any]) -> None:
    platform, say = stage.platform, stage.say
    if call["status"] in {"draft", "published"}:
        early = referent_agent(stage.material.dossiers.communes[0].insee)
        body = {"call_id": call["id"]}
        problem = await platform.refusal(early, "POST", "candidature", "/v1/candidatures", body)
        say.refused("Commencer un dossier avant l’ouverture", problem)
    await stage.listener.heard("call-published.v1", kind=COMMUNES)
    await stage.reach(stage.calendar.opening(stage.material.facts.call.opens_on))
    await stage.listener.heard("call-opened.v1", kind=COMMUNES)
    opened = datetime.fromisoformat(call["opens_at"])
    told = len(stage.material.dossiers.interested) * REFERENTS
    await until("l’annonce de l’ouverture aux communes", lambda: _told(stage, opened, told))
    say.tell(f"Ouvert par l’horloge ; {told} référents et l’équipe du programme en reçoivent la nouvelle.")


async def _told(stage: Stage, opened: datetime, count: int) -> bool:
    """Only what was planned since the opening counts: another edition may have been played."""
    deliveries = (await stage.platform.get(PROGRAMME, "notifications", "/v1/deliveries", limit=100))["items"]
    found = [d for d in deliveries if d["event_type"] == "call-opened.v1" and d["contact_id"]]
    recent = [d for d in found if datetime.fromisoformat(d["planned_at"]) >= opened]
    played_before = bool(stage.listener.of("call-closed.v1"))
    return len(recent) >= count or played_before


def _body(stage: Stage) -> dict[str, Any]:
    facts, calendar = stage.material.facts, stage.calendar
    labels = zip(CODES, facts.criteria.labels, strict=True)
    return {
        "edition": stage.edition,
        "kind": COMMUNES,
        "title": f"Quartiers Métropolitains d’Innovation, édition {stage.edition} : appel à manifestation d’intérêt",
        "opens_at": calendar.on(facts.call.opens_on).isoformat(),
        "closes_at": calendar.on(facts.call.closes_on).isoformat(),
        "notify_on": calendar.on(facts.laureates.designated_on).isoformat(),
        "quota": facts.call.quota,
        "criteria": [{"code": code, "label": label, "weight": 1} for code, label in labels],
        "scale_max": 5,
    }
