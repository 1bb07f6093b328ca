"""From the allocation to the street: structuring, protocols, sites, resources, launch."""

from typing import Any

from deploy.demo.people import PROGRAMME, Person, referent_agent
from deploy.demo.stage import Stage
from deploy.demo.waiting import side_by_side
from shared.kit.access import Role

SERVICE = "experiments"
Experiment = dict[str, Any]


async def preparation(stage: Stage) -> None:
    """Nineteen experiments, launched only when nothing is missing."""
    count = stage.material.facts.projects.laureates
    planned = await stage.listed(SERVICE, "/v1/experiments", count)
    stage.say.tell(f"{count} expérimentations planifiées d’elles-mêmes.")
    await stage.reach("structuring")
    await side_by_side(lambda each: _structure(stage, each), planned)
    await _try_to_launch(stage, planned[0])
    await stage.reach("protocols")
    await side_by_side(lambda each: _register(stage, each), planned)
    await stage.reach("sites")
    await side_by_side(lambda each: _find_site(stage, *each), list(enumerate(planned)))
    await stage.reach("launch")
    await side_by_side(lambda each: _launch(stage, each), planned)
    await stage.listener.heard("experiment-launched.v1", count)
    stage.say.tell("Protocoles d’évaluation, sites et ressources des communes.", invented=True)
    stage.say.tell(
        f"[bold]{count} expérimentations lancées[/] : convention en vigueur, protocole, site, accord de l’hôte."
    )


def holder_of(experiment: Experiment) -> Person:
    """Who carries it."""
    return Person(experiment["holder_id"], Role.INNOVATOR, "porteur")


async def _structure(stage: Stage, experiment: Experiment) -> None:
    if experiment["status"] == "planned":
        await stage.platform.act(PROGRAMME, SERVICE, f"/v1/experiments/{experiment['id']}/structuring")
    stage.say.tick(80)


async def _try_to_launch(stage: Stage, experiment: Experiment) -> None:
    if experiment["status"] in {"planned", "structuring"}:
        path = f"/v1/experiments/{experiment['id']}/launch"
        problem = await stage.platform.refusal(PROGRAMME, "POST", SERVICE, path)
        stage.say.refused(f"Lancer « {experiment['title']} » sans attendre", problem)


async def _register(stage: Stage, experiment: Experiment) -> None:
    path = f"/v1/experiments/{experiment['id']}"
    read = await stage.platform.get(PROGRAMME, SERVICE, path)
    if read["protocol"] is None:
        body = _protocol(stage, experiment)
        await stage.platform.put(holder_of(experiment), SERVICE, f"{path}/protocol", body, version=read["version"])
    stage.say.tick(80)


async def _find_site(stage: Stage, number: int, experiment: Experiment) -> None:
    platform, path = stage.platform, f"/v1/experiments/{experiment['id']}"
    agent = referent_agent(experiment["commune"])
    read = await platform.get(agent, SERVICE, path)
    if read["site"] is None:
        await platform.put(agent, SERVICE, f"{path}/site", _site(stage, number, experiment), version=read["version"])
    if number % 3 == 0 and read["status"] not in {"running", "paused", "completed", "evaluated"}:
        await _ask_for_space(stage, experiment, path)
    stage.say.tick(80)


async def _ask_for_space(stage: Stage, experiment: Experiment, path: str) -> None:
    body = {"kind": "public_space", "description": "Six places de stationnement pendant quatre mois"}
    step = f"resource {experiment['proposal_id']}"
    asked = await stage.platform.create(holder_of(experiment), SERVICE, f"{path}/resources", body, step=step)
    await stage.platform.act(referent_agent(experiment["commune"]), SERVICE, f"{path}/resources/{asked}/grant")


async def _launch(stage: Stage, experiment: Experiment) -> None:
    await stage.platform.act(PROGRAMME, SERVICE, f"/v1/experiments/{experiment['id']}/launch")
    stage.say.tick(80)


def _protocol(stage: Stage, experiment: Experiment) -> dict[str, Any]:
    at = stage.calendar.at
    return {
        "hypotheses": [f"« {experiment['title']} » est adopté par les habitants du quartier (hypothèse inventée)."],
        "indicators": [
            {"code": "usage", "label": "Usages par semaine", "unit": "usages", "baseline": "0", "target": "120"},
            {"code": "upkeep", "label": "Temps d’entretien", "unit": "heures/mois", "baseline": "0", "target": "6"},
        ],
        "method": "Comptage hebdomadaire et entretiens avec vingt habitants, avant et après.",
        "calendar": [
            {
                "label": "Mesures",
                "starts_on": at("launch").date().isoformat(),
                "ends_on": at("completion").date().isoformat(),
            }
        ],
    }


def _site(stage: Stage, number: int, experiment: Experiment) -> dict[str, Any]:
    sites = stage.material.projects.sites[experiment["commune"]]
    agreed = stage.calendar.at("protocols").date().isoformat()
    return {"name": sites[number % len(sites)], "host": "La commune", "host_agreed_on": agreed}
