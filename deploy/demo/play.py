"""Plays an edition on a running stack, and says what happens; played again, it continues, or says it is played."""

import argparse
import asyncio
import time
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.demo.chapters import CHAPTERS
from deploy.demo.client import Answered, Platform, connected
from deploy.demo.clocks import Clocks
from deploy.demo.dates import Calendar
from deploy.demo.listening import listening
from deploy.demo.material import material
from deploy.demo.narrator import INVENTED, Narrator
from deploy.demo.people import PROGRAMME
from deploy.demo.stage import COMMUNES, Stage
from deploy.demo.summary import FIGURES, Summary, summarise
from deploy.stack.layout import Layout, Stack
from shared.kit.clock import PARIS, french_date

EDITION = 2


async def play(
    stack: Stack,
    *,
    edition: int = EDITION,
    say: Narrator,
    until_chapter: str | None = None,
    answered: Answered | None = None,
) -> Summary:
    """Play what is left of an edition, to its end or to the end of one chapter; raises DemoFailed.

    `answered` is shown every HTTP answer of the four services.
    """
    began = time.monotonic()
    async with connected(stack, edition, answered) as platform, listening(platform) as listener:
        clocks = Clocks(platform)
        stage = Stage(platform, clocks, listener, await _calendar(platform, clocks), say)
        played = await _is_played(stage)
        if not played:
            await _play(stage, until_chapter)
        return await summarise(stage, seconds=time.monotonic() - began, already_played=played)


def main(stack: Stack, console: Console, edition: int = EDITION) -> Summary:
    """Play and tell on a console; raises DemoFailed."""
    say = Narrator(console)
    summary = asyncio.run(play(stack, edition=edition, say=say))
    show(summary, stack, console)
    return summary


def show(summary: Summary, stack: Stack, console: Console) -> None:
    """Print how things stand, and where to look."""
    if summary.already_played:
        console.print(f"[bold]L’édition {summary.edition} est déjà jouée[/] ; voici où elle en est.")
    table = Table(title=f"Édition {summary.edition}", title_justify="left", title_style="bold", show_edge=False)
    table.add_column("Quoi")
    table.add_column("Combien", justify="right")
    for event_type, label in FIGURES.items():
        table.add_row(label, str(summary.figures[event_type]))
    table.add_row("faits publics entendus par les partenaires", str(summary.facts))
    table.add_row("courriels envoyés", str(summary.mails.get("sent", 0)))
    console.print(table)
    if others := {status: count for status, count in summary.mails.items() if status != "sent"}:
        why = "" if stack.mails else " ; cette pile n’a pas de serveur de courriel, ils l’attendent"
        console.print(f"[yellow]Courriels non envoyés : {others}{why}.[/]")
    console.print(
        f"Horloge de la plateforme : {french_date(summary.now.date())}. "
        f"{'Relu' if summary.already_played else 'Joué'} en {summary.seconds:.1f} s."
    )
    for what, where in _places(summary, stack):
        console.print(f"  {what} : {where}", soft_wrap=True)


def _places(summary: Summary, stack: Stack) -> list[tuple[str, str]]:
    edition = f"edition={summary.edition}"
    places = [
        ("Résultats partagés", f"{stack.apis['experiments']}/v1/results?{edition}"),
        ("Flux des partenaires", f"{stack.apis['notifications']}/v1/feed"),
    ]
    if stack.mails:
        local = not stack.mails.startswith("http")
        places.append(("Courriels", f"{stack.mails}/index.html" if local else stack.mails))
    places.append(("Écouter comme un partenaire", f".venv/bin/python -m deploy.demo.partner --kafka {stack.kafka}"))
    return places


async def _calendar(platform: Platform, clocks: Clocks) -> Calendar:
    """The dates of the call that exists; else the real ones; else, when they are past, as many years later."""
    calls = await platform.items(PROGRAMME, "candidature", "/v1/calls", edition=platform.edition)
    for call in calls:
        if call["kind"] == COMMUNES:
            opened = datetime.fromisoformat(call["opens_at"]).astimezone(PARIS)
            return Calendar(material(), opened.year - material().facts.call.opens_on.year)
    if await clocks.unmoved():
        calendar = Calendar(material())
        await clocks.start_at(calendar.at("publication"))
        return calendar
    return Calendar.not_before(material(), await clocks.now())


async def _is_played(stage: Stage) -> bool:
    expected = stage.material.facts.projects.laureates
    found = await stage.platform.items(PROGRAMME, "experiments", "/v1/experiments", edition=stage.edition)
    if sum(each["status"] == "evaluated" for each in found) < expected:
        return False
    await stage.listener.heard("experiment-evaluated.v1", expected)
    return await stage.clocks.now() >= stage.calendar.at("end")


async def _play(stage: Stage, until_chapter: str | None) -> None:
    say = stage.say
    say.console.print(f"[bold]Édition {stage.edition}[/] ; {INVENTED} : ce qui l’est, pour la démonstration.")
    if stage.edition != EDITION or stage.calendar.years:
        say.tell(
            f"Le scénario est celui de l’édition {EDITION}, joué {stage.calendar.years} an(s) plus tard : "
            f"l’horloge de la plateforme n’avance que vers l’avant."
        )
    else:
        for name, where in stage.material.facts.sources.items():
            say.console.print(f"   [dim]\\[{name}] {where}[/]", soft_wrap=True)
    await stage.reach("publication")
    with say.telling(len(CHAPTERS)):
        for name, (title, chapter) in CHAPTERS.items():
            say.chapter(title)
            await chapter(stage)
            if name == until_chapter:
                return


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.demo.play", description=__doc__)
    parser.add_argument("--stack", type=Path, default=Layout.default().description)
    parser.add_argument("--edition", type=int, default=EDITION)
    return parser.parse_args()


if __name__ == "__main__":
    asked = _parsed()
    main(Stack.read(asked.stack), Console(highlight=False), asked.edition)
