"""A year in the street: what agents and holders report, a pause for works."""

from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.demo.chapters.preparation import SERVICE, Experiment, holder_of
from deploy.demo.people import PROGRAMME, Person, referent_agent
from deploy.demo.stage import Stage
from deploy.demo.waiting import side_by_side


async def field(stage: Stage) -> None:
    """Two reports for each experiment, one by the commune and one by the holder."""
    count = stage.material.facts.projects.laureates
    running = await stage.listed(SERVICE, "/v1/experiments", count)
    await stage.reach("first_report")
    await side_by_side(lambda each: report(stage, each, "first_report", referent_agent(each["commune"])), running)
    await _pause(stage, running[stage.material.projects.paused])
    await stage.reach("second_report")
    await side_by_side(lambda each: report(stage, each, "second_report", holder_of(each)), running)
    stage.say.tell(f"{2 * count} comptes rendus de terrain, par les communes et par les porteurs.", invented=True)


async def report(stage: Stage, experiment: Experiment, when: str, who: Person) -> UUID:
    """A field report, written once however often it is asked for; returns its identifier."""
    day: datetime = stage.calendar.at(when)
    body: dict[str, Any] = {
        "reported_on": day.date().isoformat(),
        "summary": "Premiers usages" if when == "first_report" else "Usages installés",
        "observations": "Observation inventée pour la démonstration : les habitants s’arrêtent et demandent à essayer.",
    }
    path = f"/v1/experiments/{experiment['id']}/field-reports"
    step = f"{when} {experiment['proposal_id']}"
    made = await stage.platform.create(who, SERVICE, path, body, step=step)
    stage.say.tick(60)
    return made


async def _pause(stage: Stage, experiment: Experiment) -> None:
    """Once: what has resumed is not paused again."""
    path = f"/v1/experiments/{experiment['id']}"
    await stage.reach("pause")
    read = await stage.platform.get(PROGRAMME, SERVICE, path)
    if read["status"] == "running" and await stage.clocks.now() < stage.calendar.at("resumption"):
        await stage.platform.act(PROGRAMME, SERVICE, f"{path}/pause", {"reason": "Travaux de voirie (exemple)."})
    await stage.reach("resumption")
    if await stage.platform.act(PROGRAMME, SERVICE, f"{path}/resumption"):
        title = experiment["title"]
        stage.say.tell(f"« {title} » suspendue cinq semaines pour des travaux, puis reprise.", invented=True)
