"""The call closes by the clock: a draft lapses, what comes late is refused, complete dossiers are admitted."""

from typing import Any
from uuid import UUID

from deploy.demo.material import CommuneText
from deploy.demo.people import PROGRAMME, referent_agent
from deploy.demo.stage import COMMUNES, Stage
from deploy.demo.waiting import side_by_side, until
from shared.territory.french import of

SERVICE = "candidature"


async def closing(stage: Stage) -> None:
    """At 23:59:59 in Paris it is over (R003)."""
    call = await stage.known_call(COMMUNES)
    await stage.reach("too_late")
    await stage.listener.heard("call-closed.v1", kind=COMMUNES)
    [closed] = [fact for fact in stage.listener.of("call-closed.v1") if fact["kind"] == COMMUNES]
    stage.say.tell(f"Clos par l’horloge à 23 h 59, heure de Paris : [bold]{closed['submitted']} dossiers[/] déposés.")
    for text in stage.material.dossiers.communes:
        if text.step == "lapsed":
            await _lapsed(stage, text)
    await stage.reach("admission")
    received = await stage.platform.items(PROGRAMME, SERVICE, "/v1/candidatures", call_id=call["id"])
    waiting = [each for each in received if each["status"] == "submitted"]
    await side_by_side(lambda each: _admit(stage, each), waiting)
    await stage.listener.heard("candidature-admitted.v1", closed["submitted"])
    stage.say.tell(f"{closed['submitted']} verdicts d’échéance favorables : à temps, complets, communes membres.")


async def _lapsed(stage: Stage, text: CommuneText) -> None:
    platform, agent = stage.platform, referent_agent(text.insee)

    async def look() -> dict[str, Any] | None:
        own = await platform.items(agent, SERVICE, "/v1/candidatures")
        lapsed = [each for each in own if each["status"] == "lapsed" and each["edition"] == stage.edition]
        return lapsed[0] if lapsed else None

    candidature = await until(f"le brouillon de {text.name} caduc", look)
    stage.say.tell(f"Le brouillon de la commune {of(text.name)} est caduc : il n’a pas été déposé.", invented=True)
    path = f"/v1/candidatures/{UUID(candidature['id'])}/submission"
    stage.say.refused("Le déposer le lendemain", await platform.refusal(agent, "POST", SERVICE, path))


async def _admit(stage: Stage, candidature: dict[str, Any]) -> None:
    path = f"/v1/candidatures/{candidature['id']}/admission"
    await stage.platform.act(PROGRAMME, SERVICE, path, {"admitted": True})
    stage.say.tick(10)
