"""The end: experiments completed, evaluated on what the field has shown, results shared with every laureate."""

from collections import Counter
from typing import Any

from deploy.demo.chapters.field import report
from deploy.demo.chapters.preparation import SERVICE, Experiment, holder_of
from deploy.demo.material import commune_name
from deploy.demo.people import PROGRAMME, referent_agent
from deploy.demo.stage import Stage
from deploy.demo.waiting import side_by_side
from shared.kit.clock import french_date
from shared.territory.french import of

CONCLUSIONS = {"conclusive": "concluantes", "partly": "concluantes en partie", "not_conclusive": "non concluantes"}
CRITERIA = ("effectiveness", "feasibility", "sustainability")
RATINGS = {"conclusive": 4, "partly": 3, "not_conclusive": 2}


async def results(stage: Stage) -> None:
    """Two years after the announcement, the agreements end with their month."""
    count = stage.material.facts.projects.laureates
    running = await stage.listed(SERVICE, "/v1/experiments", count)
    await stage.reach("completion")
    await side_by_side(lambda each: _complete(stage, each), running)
    await stage.listener.heard("experiment-completed.v1", count)
    stage.say.tell(f"{count} expérimentations menées à leur terme.")
    await stage.reach("evaluation")
    await side_by_side(lambda each: _evaluate(stage, *each), list(enumerate(running)))
    await stage.listener.heard("experiment-evaluated.v1", count)
    said = Counter(fact["conclusion"] for fact in stage.listener.of("experiment-evaluated.v1"))
    told = ", ".join(f"{said[key]} {words}" for key, words in CONCLUSIONS.items())
    stage.say.tell(f"[bold]{count} évaluations[/], chacune fondée sur ses comptes rendus : {told}.", invented=True)
    await _share(stage, count)
    await _end(stage)


async def _complete(stage: Stage, experiment: Experiment) -> None:
    await stage.platform.act(PROGRAMME, SERVICE, f"/v1/experiments/{experiment['id']}/completion")
    stage.say.tick(60)


async def _evaluate(stage: Stage, number: int, experiment: Experiment) -> None:
    path = f"/v1/experiments/{experiment['id']}"
    read = await stage.platform.get(PROGRAMME, SERVICE, path)
    if read["status"] != "evaluated":
        first = await report(stage, experiment, "first_report", referent_agent(experiment["commune"]))
        second = await report(stage, experiment, "second_report", holder_of(experiment))
        body = _evaluation(stage, number, [str(first), str(second)])
        await stage.platform.put(PROGRAMME, SERVICE, f"{path}/evaluation", body, version=read["version"])
    stage.say.tick(60)


def _evaluation(stage: Stage, number: int, reports: list[str]) -> dict[str, Any]:
    conclusions = stage.material.projects.conclusions
    conclusion = conclusions[number % len(conclusions)]
    words = "Appréciation inventée pour la démonstration, d’après les comptes rendus cités."
    claim = {"rating": RATINGS[conclusion], "justification": words, "reports": reports}
    return {**dict.fromkeys(CRITERIA, claim), "conclusion": conclusion}


async def _share(stage: Stage, count: int) -> None:
    """All laureates read everything, those of the next wave too; a commune that is not one reads nothing."""
    facts = stage.material.facts
    later = next(insee for insee in facts.laureates.communes if insee not in facts.wave.communes)
    read = await stage.platform.items(referent_agent(later), SERVICE, "/v1/results", edition=stage.edition)
    stage.say.tell(f"La commune {of(commune_name(later))}, lauréate d’une autre vague, lit les {len(read)} résultats.")
    other = next(t.insee for t in stage.material.dossiers.submitted if t.insee not in facts.laureates.communes)
    problem = await stage.platform.refusal(referent_agent(other), "GET", SERVICE, "/v1/results")
    stage.say.refused("Une commune non lauréate demande les résultats", problem)


async def _end(stage: Stage) -> None:
    laureates = len(stage.material.facts.laureates.communes)
    await stage.reach("end")
    expired = await stage.listed(SERVICE, "/v1/agreements", laureates, "expired")
    day = french_date(stage.calendar.at("end").date())
    stage.say.tell(f"Le {day}, {len(expired)} conventions sont arrivées à leur terme, fin février, par l’horloge.")
    stage.say.tell("La seconde vague de l’édition n’est pas jouée : ses projets ne sont pas publics.")
