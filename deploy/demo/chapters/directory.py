"""The directory: who is to be told, by function."""

from collections.abc import Iterator

from deploy.demo.material import Material, commune_name
from deploy.demo.people import (
    DEPUTY,
    PROGRAMME,
    Entry,
    committee_member,
    communication_referent,
    elected_referent,
    holder,
    juror,
    mayor,
    referent_agent,
)
from deploy.demo.stage import Stage
from deploy.demo.waiting import side_by_side
from shared.events.types import ContactFunction as Function


async def directory(stage: Stage) -> None:
    """Write every contact that is not there yet."""
    platform, say = stage.platform, stage.say
    entries = list(everybody(stage.material))
    known = {contact["id"] for contact in await platform.items(PROGRAMME, "candidature", "/v1/contacts")}

    async def write(entry: Entry) -> None:
        body = {
            "organisation": entry.person.organisation,
            "function": entry.function,
            "name": entry.label,
            "email": entry.email,
            "locale": entry.locale,
        }
        if str(entry.person.id) not in known:
            await platform.put(PROGRAMME, "candidature", f"/v1/contacts/{entry.person.id}", body)
        say.tick(len(entries))

    await side_by_side(write, entries)
    funnel, laureates = stage.material.facts.funnel, stage.material.facts.laureates.communes
    stage.tell_fact(f"[bold]{funnel.interested} communes[/] ont manifesté leur intérêt.", funnel.source)
    say.tell(f"Lesquelles, hormis les {len(laureates)} futures lauréates, est un choix d’exemple.", invented=True)
    say.tell(f"{len(entries)} contacts : des fonctions, aucun nom, des adresses à example.org.", invented=True)


def everybody(material: Material) -> Iterator[Entry]:
    """The lines of the directory."""
    yield Entry(PROGRAMME, Function.PROGRAMME, "Équipe du programme")
    yield Entry(DEPUTY, Function.SIGNATORY, "Signataire de la Métropole")
    for insee in material.dossiers.interested:
        name = commune_name(insee)
        yield Entry(elected_referent(insee), Function.ELECTED_REFERENT, f"Élu référent ({name})")
        yield Entry(referent_agent(insee), Function.REFERENT_AGENT, f"Agent référent ({name})")
    for text in material.dossiers.communes:
        label = f"Référent communication ({text.name})"
        yield Entry(communication_referent(text.insee), Function.COMMUNICATION_REFERENT, label)
        yield Entry(mayor(text.insee), Function.SIGNATORY, f"Maire ({text.name})")
    for seat in material.committee.members:
        member = committee_member(seat.organisation, seat.key, chair=seat.chair)
        yield Entry(member, Function.COMMITTEE_MEMBER, seat.function)
    for seat in material.projects.jury:
        yield Entry(juror(seat.organisation, seat.key), Function.JUROR, seat.function)
    for number, project in enumerate(material.projects.projects, 1):
        yield Entry(holder(number), Function.PROJECT_HOLDER, f"Porteur de projet, {project.holder}")
