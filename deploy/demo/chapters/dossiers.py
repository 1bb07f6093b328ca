"""The dossiers of the communes: begun, saved as they are written, refused while incomplete, then sent."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from deploy.demo.material import CommuneText, commune_name
from deploy.demo.paper import pdf
from deploy.demo.people import communication_referent, elected_referent, referent_agent
from deploy.demo.stage import COMMUNES, Stage
from deploy.demo.waiting import side_by_side, until
from shared.kit.clock import french_date
from shared.kit.identity import derived_id
from shared.territory.french import of

SERVICE = "candidature"


async def dossiers(stage: Stage) -> None:
    """Nine communes begin, eight send; one learns that a draft is not a deposit."""
    call = await stage.known_call(COMMUNES)
    if call["status"] in {"closed", "decided"}:
        stage.say.tell("Appel déjà clos : les dossiers sont ceux qui ont été déposés.")
        return
    await stage.reach("drafts")
    texts = stage.material.dossiers.communes
    started = await side_by_side(lambda text: _begin(stage, UUID(call["id"]), text), texts)
    stage.say.tell(f"[bold]{len(started)} dossiers[/] commencés, enregistrés au fil de la saisie.", invented=True)
    drafts = dict(zip((text.insee for text in texts), started, strict=True))
    await _try_too_early(stage, texts[0], drafts)
    await stage.reach("deposit")
    sent = stage.material.dossiers.submitted
    await side_by_side(lambda text: _complete(stage, drafts[text.insee], text), sent)
    await side_by_side(lambda text: _submit(stage, drafts[text.insee], text), sent)
    await stage.listener.heard("candidature-submitted.v1", len(sent))
    source = stage.material.facts.funnel.source
    stage.tell_fact(f"[bold]{len(sent)} dossiers déposés[/], complets, pièces analysées.", source)
    stage.say.tell("Déposent : " + ", ".join(text.name for text in sent) + ".")
    stage.say.tell("Les deux dernières de ces communes sont un exemple.", invented=True)


async def _begin(stage: Stage, call_id: UUID, text: CommuneText) -> UUID:
    """The draft, with its first two answers, saved twice as after a lost answer of the network."""
    platform, agent = stage.platform, referent_agent(text.insee)
    step = f"candidature {text.insee}"
    dossier = await platform.create(agent, SERVICE, "/v1/candidatures", {"call_id": str(call_id)}, step=step)
    read = await _read(stage, dossier, text)
    if read["status"] == "draft" and not read["answers"]:
        answers = stage.material.dossiers.answers_of(text)
        body = {"answers": {key: answers[key] for key in ("presentation", "challenge")}}
        for _ in range(2):
            await platform.patch(agent, SERVICE, f"/v1/candidatures/{dossier}/form", body, version=read["version"])
    stage.say.tick(30)
    return dossier


async def _try_too_early(stage: Stage, text: CommuneText, drafts: Mapping[str, UUID]) -> None:
    read = await _read(stage, drafts[text.insee], text)
    if read["status"] == "draft":
        path = f"/v1/candidatures/{drafts[text.insee]}/submission"
        problem = await stage.platform.refusal(referent_agent(text.insee), "POST", SERVICE, path)
        stage.say.refused(f"La commune {of(text.name)} tente de déposer un dossier incomplet", problem)


async def _complete(stage: Stage, dossier: UUID, text: CommuneText) -> None:
    """The form, the team, a sector, the three documents, a partner; then the files are scanned."""
    read = await _read(stage, dossier, text)
    if read["status"] != "draft":
        return
    platform, agent, path = stage.platform, referent_agent(text.insee), f"/v1/candidatures/{dossier}"
    answers = {"answers": stage.material.dossiers.answers_of(text)}
    version = await platform.patch(agent, SERVICE, f"{path}/form", answers, version=read["version"])
    version = await platform.put(agent, SERVICE, f"{path}/team", _team(text), version=version)
    sector = derived_id("demo", str(stage.edition), "sector", text.insee)
    await platform.put(agent, SERVICE, f"{path}/sectors/{sector}", text.sector.model_dump(mode="json"), version=version)
    files = {kind: await _upload(stage, path, text, kind) for kind in _papers(stage, text)}
    support = {"partner_name": text.partner.name, "partner_kind": text.partner.kind}
    support["document_id"] = str(files["partner_support"])
    await platform.create(agent, SERVICE, f"{path}/supports", support, step=f"support {text.insee}")
    stage.say.tick(30)


async def _submit(stage: Stage, dossier: UUID, text: CommuneText) -> None:
    platform, agent, path = stage.platform, referent_agent(text.insee), f"/v1/candidatures/{dossier}"

    async def complete() -> bool:
        return bool((await platform.get(agent, SERVICE, f"{path}/completeness"))["complete"])

    if (await _read(stage, dossier, text))["status"] == "draft":
        await until(f"le dossier complet et ses pièces analysées ({text.name})", complete)
        await platform.act(elected_referent(text.insee), SERVICE, f"{path}/submission")
    stage.say.tick(30)


async def _read(stage: Stage, dossier: UUID, text: CommuneText) -> dict[str, Any]:
    found: dict[str, Any] = await stage.platform.get(referent_agent(text.insee), SERVICE, f"/v1/candidatures/{dossier}")
    return found


async def _upload(stage: Stage, path: str, text: CommuneText, kind: str) -> UUID:
    title, lines = _papers(stage, text)[kind]
    about = {"kind": kind, "name": f"{title}.pdf"}
    step = f"document {text.insee} {kind}"
    agent = referent_agent(text.insee)
    return await stage.platform.upload(agent, SERVICE, f"{path}/documents", pdf(title, lines), step=step, **about)


def _team(text: CommuneText) -> dict[str, str]:
    return {
        "elected_referent": str(elected_referent(text.insee).id),
        "referent_agent": str(referent_agent(text.insee).id),
        "communication_referent": str(communication_referent(text.insee).id),
    }


def _papers(stage: Stage, text: CommuneText) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By kind of document, its title and its lines; all of it invented, and saying so."""
    name = commune_name(text.insee)
    day: date = stage.calendar.at("deposit").date()
    made = (f"Document inventé pour la démonstration, le {french_date(day)}.",)
    return {
        "mayor_commitment": (f"Lettre d’engagement, {name}", ("Le maire engage la commune dans la démarche.", *made)),
        "sector_sheet": (f"Fiche du secteur {text.sector.name}, {name}", (text.sector.description, *made)),
        "partner_support": (f"Soutien de {text.partner.name}", (f"Nous soutenons la commune {of(name)}.", *made)),
    }
