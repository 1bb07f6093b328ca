"""The project call of the first wave: three communes, their challenges, thirty proposals."""

from typing import Any
from uuid import UUID

from deploy.demo.material import Project, commune_name, invented_siret
from deploy.demo.people import PROGRAMME, Person, holder
from deploy.demo.stage import PROJECTS, Stage
from deploy.demo.waiting import side_by_side
from shared.kit.clock import french_date

SERVICE = "candidature"


async def project_call(stage: Stage) -> None:
    """Published, opened and closed by the clock; what is incomplete or late is refused; the rest is admitted."""
    await stage.reach("project_publication")
    call = await _publish(stage)
    await stage.reach(stage.calendar.opening(stage.material.facts.wave.opens_on))
    await stage.listener.heard("call-opened.v1", kind=PROJECTS)
    numbered = list(enumerate(stage.material.projects.projects, 1))
    if call["status"] not in {"closed", "decided"}:
        await stage.reach("proposals")
        await side_by_side(lambda each: _propose(stage, UUID(call["id"]), *each), numbered)
    await stage.listener.heard("proposal-submitted.v1", len(numbered))
    stage.say.tell(f"[bold]{len(numbered)} propositions[/] déposées (le nombre réel n’est pas public).", invented=True)
    await _close(stage, UUID(call["id"]))
    await stage.reach("project_admission")
    found = await stage.platform.items(PROGRAMME, SERVICE, "/v1/proposals", call_id=call["id"])
    await side_by_side(lambda each: _admit(stage, each), [each for each in found if each["status"] == "submitted"])
    await stage.listener.heard("proposal-admitted.v1", len(numbered))
    stage.say.tell(f"{len(numbered)} propositions recevables.")


async def _publish(stage: Stage) -> dict[str, Any]:
    platform, wave, say = stage.platform, stage.material.facts.wave, stage.say
    call_id = await platform.create(PROGRAMME, SERVICE, "/v1/calls", _body(stage), step="project call")
    call: dict[str, Any] = await platform.get(PROGRAMME, SERVICE, f"/v1/calls/{call_id}")
    if call["status"] == "draft":
        await platform.act(PROGRAMME, SERVICE, f"/v1/calls/{call_id}/publication")
    await stage.listener.heard("call-published.v1", kind=PROJECTS)
    window = f"du {french_date(stage.calendar.on(wave.opens_on))} au {french_date(stage.calendar.on(wave.closes_on))}"
    projects = stage.material.facts.projects
    stage.tell_fact(f"Vague {wave.number} : {', '.join(map(commune_name, wave.communes))}, {window}.", wave.source)
    stage.tell_fact(f"6 à 8 projets par commune ; thèmes : {', '.join(projects.themes)}.", projects.source)
    for insee, challenge in stage.material.projects.challenges.items():
        say.tell(f"  · {commune_name(insee)} : {challenge}", invented=True)
    return call


async def _propose(stage: Stage, call_id: UUID, number: int, project: Project) -> None:
    platform, who = stage.platform, holder(number)
    body = _proposal(call_id, number, project)
    left_out = body.pop("maturity") if number == 1 else None
    proposal = await platform.create(who, SERVICE, "/v1/proposals", body, step=f"proposal {number}")
    path = f"/v1/proposals/{proposal}"
    if left_out is not None:
        await _mend(stage, who, path, left_out)
    await platform.act(who, SERVICE, f"{path}/submission")
    stage.say.tick(70)


async def _mend(stage: Stage, who: Person, path: str, maturity: str) -> None:
    read = await stage.platform.get(who, SERVICE, path)
    if read["status"] == "draft" and read["maturity"] is None:
        problem = await stage.platform.refusal(who, "POST", SERVICE, f"{path}/submission")
        stage.say.refused("Déposer une proposition incomplète", problem)
        await stage.platform.patch(who, SERVICE, path, {"maturity": maturity}, version=read["version"])


async def _close(stage: Stage, call_id: UUID) -> None:
    await stage.reach("project_too_late")
    await stage.listener.heard("call-closed.v1", kind=PROJECTS)
    number = len(stage.material.projects.projects)
    body = _proposal(call_id, number, stage.material.projects.projects[-1])
    problem = await stage.platform.refusal(holder(number), "POST", SERVICE, "/v1/proposals", body)
    stage.say.refused("Une proposition de plus, cinq minutes après minuit", problem)


async def _admit(stage: Stage, proposal: dict[str, Any]) -> None:
    await stage.platform.act(PROGRAMME, SERVICE, f"/v1/proposals/{proposal['id']}/admission", {"admitted": True})
    stage.say.tick(70)


def _body(stage: Stage) -> dict[str, Any]:
    wave, calendar = stage.material.facts.wave, stage.calendar
    least, most = stage.material.facts.projects.per_commune
    challenges = stage.material.projects.challenges.items()
    return {
        "edition": stage.edition,
        "kind": PROJECTS,
        "wave": wave.number,
        "title": f"QMI, édition {stage.edition}, vague {wave.number} : appel à projets",
        "opens_at": calendar.on(wave.opens_on).isoformat(),
        "closes_at": calendar.on(wave.closes_on).isoformat(),
        "required_documents": [],
        "projects_min": least,
        "projects_max": most,
        "communes": list(wave.communes),
        "challenges": [{"commune": insee, "title": title} for insee, title in challenges],
    }


def _proposal(call_id: UUID, number: int, project: Project) -> dict[str, Any]:
    abroad = project.country != "FR"
    identity = {"national_id": f"EXEMPLE-{number:02d}"} if abroad else {"siret": invented_siret(number)}
    return {
        "call_id": str(call_id),
        "title": project.title,
        "holder": {
            "name": project.holder,
            "legal_form": project.legal_form,
            "country": project.country,
            **identity,
        },
        "solution": f"{project.title} : une solution inventée pour la démonstration, à essayer en situation réelle.",
        "themes": list(project.themes),
        "maturity": project.maturity,
        "ranked_communes": list(project.ranked),
        "needs": "Un emplacement sur l’espace public et un interlocuteur technique.",
        "learning_goal": "Savoir si les habitants s’en servent, et à quel coût d’entretien.",
    }
