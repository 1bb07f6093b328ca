"""The committee: a panel, conflicts declared before anything is read, sealed reviews, then the unsealing."""

from typing import Any

from deploy.demo.material import Seat, commune_name
from deploy.demo.people import PROGRAMME, Person, committee_member
from deploy.demo.stage import COMMUNES, Stage
from deploy.demo.waiting import side_by_side, until
from shared.territory.french import of

SERVICE = "selection"
SCALE = 5


async def committee(stage: Stage) -> None:
    """Five members examine eight dossiers on five criteria, nobody seeing anybody else's scores."""
    await stage.reach("panel")
    round_ = await stage.round_of("commune-rounds", COMMUNES)
    path = f"/v1/commune-rounds/{round_['id']}"
    files = await _files(stage, path)
    if round_["status"] == "reviewing":
        await _seat(stage, path)
        await _declare(stage, path, files)
        await stage.reach("reviews")
        await _review(stage, path, files, round_)
        await stage.reach("committee")
        await stage.platform.act(PROGRAMME, SERVICE, f"{path}/unsealing", {})
    await _show_ranking(stage, path)


def members(stage: Stage) -> list[tuple[Seat, Person]]:
    """The seats and who holds them."""
    seats = stage.material.committee.members
    return [(seat, committee_member(seat.organisation, seat.key, chair=seat.chair)) for seat in seats]


async def _files(stage: Stage, path: str) -> list[dict[str, Any]]:
    expected = len(stage.material.dossiers.submitted)

    async def look() -> list[dict[str, Any]] | None:
        found = await stage.platform.items(PROGRAMME, SERVICE, f"{path}/candidatures")
        return found if len(found) >= expected else None

    return await until(f"{expected} dossiers admis devant le comité", look)


async def _seat(stage: Stage, path: str) -> None:
    for seat, person in members(stage):
        body = {"organisation": seat.organisation, "chair": seat.chair}
        await stage.platform.put(PROGRAMME, SERVICE, f"{path}/panel/{person.id}", body)
    names = ", ".join(seat.function for seat, _ in members(stage))
    stage.say.tell(f"Le comité : {names}.", invented=True)


async def _declare(stage: Stage, path: str, files: list[dict[str, Any]]) -> None:
    platform, say = stage.platform, stage.say
    first = members(stage)[0][1]
    own = await platform.items(first, SERVICE, f"{path}/candidatures")
    if not any(line["declaration"] for line in own):
        problem = await platform.refusal(first, "GET", SERVICE, f"{path}/candidatures/{files[0]['id']}")
        say.refused("Ouvrir un dossier avant toute déclaration d’intérêts", problem)

    async def declare(task: tuple[Seat, Person, dict[str, Any]]) -> None:
        seat, person, file = task
        body: dict[str, Any] = {"conflict": file["commune"] == seat.conflict}
        if body["conflict"]:
            body["reason"] = seat.conflict_reason
        await platform.put(person, SERVICE, f"{path}/candidatures/{file['id']}/declaration", body)
        say.tick(100)

    tasks = [(seat, person, file) for seat, person in members(stage) for file in files]
    await side_by_side(declare, tasks)
    for seat, person, file in tasks:
        if file["commune"] == seat.conflict:
            name = commune_name(file["commune"])
            say.tell(f"{seat.function} déclare un conflit d’intérêts avec la commune {of(name)}.", invented=True)
            problem = await platform.refusal(person, "GET", SERVICE, f"{path}/candidatures/{file['id']}")
            say.refused("Ouvrir quand même ce dossier", problem)


async def _review(stage: Stage, path: str, files: list[dict[str, Any]], round_: dict[str, Any]) -> None:
    platform, say = stage.platform, stage.say
    texts = {text.insee: text for text in stage.material.dossiers.communes}

    async def review(task: tuple[Seat, Person, dict[str, Any]]) -> None:
        seat, person, file = task
        body = _scores(stage, seat, texts[file["commune"]].quality, file["commune"], round_["criteria"])
        await platform.put(person, SERVICE, f"{path}/candidatures/{file['id']}/review", body)
        say.tick(100)

    tasks = [(s, p, file) for s, p in members(stage) for file in files if file["commune"] != s.conflict]
    await side_by_side(review, tasks[:-1])
    say.refused("Lire le classement sous scellés", await platform.refusal(PROGRAMME, "GET", SERVICE, f"{path}/ranking"))
    problem = await platform.refusal(PROGRAMME, "POST", SERVICE, f"{path}/unsealing", {})
    say.refused("Lever les scellés avant la dernière évaluation", problem)
    await review(tasks[-1])
    say.tell(f"{len(tasks)} évaluations, chacune de 5 notes motivées ; les scellés sont levés.", invented=True)


def _scores(
    stage: Stage, seat: Seat, quality: float, insee: str, criteria: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What a member thinks: the quality of the dossier, the severity of the member, the tilt of the criterion."""
    tilts = zip(criteria, stage.material.committee.criteria_tilt, strict=True)
    scores = {c["code"]: max(0, min(SCALE, round(quality + seat.bias + tilt))) for c, tilt in tilts}
    words = stage.material.committee.justification
    said = {
        c["code"]: words.format(label=c["label"], score=scores[c["code"]], max=SCALE, of=of(commune_name(insee)))
        for c in criteria
    }
    return {"scores": scores, "justifications": said}


async def _show_ranking(stage: Stage, path: str) -> None:
    ranking = await stage.platform.get(PROGRAMME, SERVICE, f"{path}/ranking")
    rows = [
        (
            str(s["rank"]),
            commune_name(s["commune"]),
            f"{s['mean']:.2f}",
            f"{s['dispersion'] or 0:.2f}",
            str(s["reviews"]),
        )
        for s in ranking["standings"]
    ]
    columns = ("Rang", "Commune", "Moyenne", "Écart-type", "Évaluations")
    stage.say.table("Classement du comité (notes inventées)", columns, rows)
    stage.say.tell(f"Accord entre évaluateurs (alpha de Krippendorff) : {ranking['agreement']:.2f}.")
