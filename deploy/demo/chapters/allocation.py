"""The jury scores, the communes say what they want, an exact solver proposes, people decide."""

from typing import Any

from deploy.demo.material import Project, Seat, commune_name
from deploy.demo.people import PROGRAMME, Person, juror, referent_agent
from deploy.demo.stage import PROJECTS, Stage
from deploy.demo.waiting import side_by_side, until

SERVICE = "selection"
SCALE = 5
LEVELS = {
    "shortage": "manque au minimum",
    "total": "intérêt mutuel et notes (points)",
    "fairness": "commune la moins servie (points)",
}


async def allocation(stage: Stage) -> None:
    """Six to eight projects for each commune, nineteen in all, with the proof that nothing better exists."""
    await stage.reach("jury")
    round_ = await stage.round_of("project-rounds", PROJECTS)
    path = f"/v1/project-rounds/{round_['id']}"
    lines = await _lines(stage, path)
    if round_["status"] == "scoring":
        await _seat(stage, path)
        await _judge(stage, path, lines)
        await stage.reach("allocation")
        scenario = await _compute(stage, path)
        await _show(stage, scenario, lines)
        await stage.reach("adoption")
        body = {"scenario_id": scenario["id"], "reason": "Meilleure répartition possible pour 19 projets."}
        await stage.platform.act(PROGRAMME, SERVICE, f"{path}/adoption", body)
    count = stage.material.facts.projects.laureates
    await stage.listener.heard("project-allocated.v1", count)
    source = stage.material.facts.projects.source
    stage.tell_fact(f"Répartition adoptée et annoncée : [bold]{count} projets lauréats[/].", source)


async def _lines(stage: Stage, path: str) -> list[dict[str, Any]]:
    expected = len(stage.material.projects.projects)

    async def look() -> list[dict[str, Any]] | None:
        found = await stage.platform.items(PROGRAMME, SERVICE, f"{path}/proposals")
        return found if len(found) >= expected else None

    return await until(f"{expected} propositions devant le jury", look)


def _jury(stage: Stage) -> list[tuple[Seat, Person]]:
    return [(seat, juror(seat.organisation, seat.key)) for seat in stage.material.projects.jury]


async def _seat(stage: Stage, path: str) -> None:
    for seat, person in _jury(stage):
        body = {"organisation": seat.organisation, "chair": seat.chair}
        await stage.platform.put(PROGRAMME, SERVICE, f"{path}/panel/{person.id}", body)


def _project(stage: Stage, line: dict[str, Any]) -> tuple[int, Project]:
    """The rank in the data, from 0, of a proposal."""
    numbered = enumerate(stage.material.projects.projects)
    return next((number, project) for number, project in numbered if project.title == line["title"])


async def _judge(stage: Stage, path: str, lines: list[dict[str, Any]]) -> None:
    platform, say, seats = stage.platform, stage.say, _jury(stage)
    for seat, person in seats:
        for line in lines:
            if seat.conflict is not None and _project(stage, line)[0] == seat.conflict:
                own = f"{path}/proposals/{line['id']}"
                body = {"conflict": True, "reason": seat.conflict_reason}
                await platform.put(person, SERVICE, f"{own}/declaration", body)
                problem = await platform.refusal(person, "PUT", SERVICE, f"{own}/score", _score(0))
                say.refused("Un membre du jury en conflit d’intérêts veut noter le projet", problem)

    async def score(task: tuple[Seat, Person, dict[str, Any]]) -> None:
        seat, person, line = task
        number, project = _project(stage, line)
        if number != seat.conflict:
            body = _score(max(0, min(SCALE, round(project.score + seat.bias * (number % 2)))))
            await platform.put(person, SERVICE, f"{path}/proposals/{line['id']}/score", body)
        say.tick(200)

    async def want(task: tuple[str, dict[str, Any]]) -> None:
        insee, line = task
        body = {"interest": _project(stage, line)[1].interest[insee]}
        await platform.put(referent_agent(insee), SERVICE, f"{path}/proposals/{line['id']}/interest", body)
        say.tick(200)

    await side_by_side(score, [(seat, person, line) for seat, person in seats for line in lines])
    await side_by_side(want, [(insee, line) for insee in stage.material.facts.wave.communes for line in lines])
    say.tell(f"Le jury a noté {len(lines)} projets ; chaque commune a dit son intérêt pour chacun.", invented=True)


def _score(score: int) -> dict[str, Any]:
    return {"score": score, "comment": "Appréciation inventée pour la démonstration."}


async def _compute(stage: Stage, path: str) -> dict[str, Any]:
    """Two scenarios to compare: the bounds of the call alone, then nineteen projects in all."""
    count = stage.material.facts.projects.laureates
    asked = {"scenario A": {}, "scenario B": {"projects_max": count}}
    scenarios = []
    for step, body in asked.items():
        made = await stage.platform.create(PROGRAMME, SERVICE, f"{path}/allocations", body, step=step)
        scenarios.append(await stage.platform.get(PROGRAMME, SERVICE, f"{path}/allocations/{made}"))
    free, chosen = scenarios
    stage.say.tell(f"Scénario A, sans plafond : {len(free['pairs'])} projets, {_proof(free)}.")
    stage.say.tell(f"Scénario B, {count} projets au plus : {len(chosen['pairs'])} projets, {_proof(chosen)}. Retenu.")
    return dict(chosen)


def _proof(scenario: dict[str, Any]) -> str:
    return "[green]optimum prouvé[/]" if scenario["optimal"] else "optimum non prouvé"


async def _show(stage: Stage, scenario: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    titles = {line["id"]: line["title"] for line in lines}
    rows = []
    for insee, count in scenario["projects"].items():
        own = [titles[pair["proposal_id"]] for pair in scenario["pairs"] if pair["commune"] == insee]
        rows.append((commune_name(insee), str(count), " · ".join(own)))
    stage.say.table("Répartition territoriale (projets inventés)", ("Commune", "Projets", "Lesquels"), rows)
    for level in scenario["levels"]:
        scale = 1 if level["name"] == "shortage" else 100
        bound = "inconnue" if level["bound"] is None else f"{level['bound'] / scale:g}"
        proved = "[green]prouvé[/]" if level["optimal"] else "non prouvé"
        stage.say.tell(f"  {LEVELS[level['name']]} : {level['value'] / scale:g}, borne {bound}, {proved}")
