"""`qmi status`: the four services on one screen, and what is wrong."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.commands.output import Json, Refused, StackFile, as_json, console, stack_of
from deploy.watching.status import Status, examine

Addresses = Annotated[list[str] | None, typer.Option(help="service=URL (option répétable) ; sinon ceux de la pile.")]

STATES = {
    "ready": "[green]prêt[/green]",
    "degraded": "[yellow]dégradé[/yellow]",
    "not-ready": "[red]pas prêt[/red]",
    "away": "[red]muet[/red]",
    "unknown": "[dim]—[/dim]",
}
WRONG = {
    "api": "l’API ne répond pas ou n’est pas prête",
    "worker": "le worker ne répond pas ou n’est pas prêt",
    "outbox": "des messages attendent d’être envoyés depuis trop longtemps",
    "relay": "Kafka a refusé un message : sa clé est arrêtée",
    "lag": "trop de messages restent à lire",
    "parked": "un message attend depuis trop longtemps",
    "dead": "des messages ont été abandonnés il y a moins d’une heure",
    "deadlines": "des échéances sont en retard ou échouent",
    "audit": "la chaîne d’audit est rompue : « qmi audit verify »",
}


def status(
    api: Addresses = None,
    worker: Addresses = None,
    watch: Annotated[bool, typer.Option("--watch", help="Recommencer jusqu’à Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.5, max=3_600, help="Avec --watch : toutes les … secondes.")] = 2.0,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Show the figures of the four services; exit code 1 if something is wrong with one."""
    apis, workers = _addresses(api), _addresses(worker)
    if not apis and not workers:
        found = stack_of(stack)
        apis, workers = found.apis, found.workers

    def look() -> list[Status]:
        return asyncio.run(examine(apis, workers))

    if watch and not json:
        _watch(look, every)
        return
    seen = look()
    if json:
        as_json([asdict(each) for each in seen])
    else:
        console.print(screen(seen, now=time.time()))
    if any(each.wrong for each in seen):
        raise typer.Exit(1)


def screen(seen: list[Status], *, now: float) -> Group:
    """The table, and a line for each thing that is wrong."""
    table = Table(title="QMI · état des services", title_justify="left")
    for column in ("Service", "API", "Worker", "À envoyer", "À lire", "En attente", "Abandonnés", "Échéances"):
        table.add_column(column)
    table.add_column("Dernière erreur", overflow="fold")
    for each in seen:
        table.add_row(*_cells(each, now))
    troubles = [
        Text.assemble(("✗ ", "red"), f"{each.service} : {WRONG[name]}{_checks(each, name)}")
        for each in seen
        for name in each.wrong
    ]
    return Group(table, *(troubles or [Text("✓ tout va bien", "green")]))


def _cells(each: Status, now: float) -> list[str]:
    error = "—" if each.last_error_at is None else f"{each.last_error}, il y a {_duration(now - each.last_error_at)}"
    return [
        each.service,
        STATES[each.api],
        STATES[each.worker],
        _marked(each, "outbox", _aged(each.outbox, each.outbox_age)),
        _marked(each, "lag", _number(each.lag)),
        _marked(each, "parked", _aged(each.parked, each.parked_age)),
        _marked(each, "dead", _number(each.dead)),
        _marked(each, "deadlines", _aged(each.overdue, each.overdue_age)),
        error,
    ]


def _checks(each: Status, name: str) -> str:
    failed = [check for check, state in each.checks.items() if state == "failed"]
    return f" ({', '.join(failed)})" if name in ("api", "worker") and failed else ""


def _marked(each: Status, name: str, text: str) -> str:
    return f"[red]{text}[/red]" if name in each.wrong else text


def _aged(count: int | None, age: float | None) -> str:
    return f"{count} · {_duration(age)}" if count and age is not None else _number(count)


def _number(count: int | None) -> str:
    return "—" if count is None else str(count)


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "j"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _watch(look: Callable[[], list[Status]], every: float) -> None:
    try:
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            while True:
                live.update(screen(look(), now=time.time()), refresh=True)
                time.sleep(every)
    except KeyboardInterrupt:
        return


def _addresses(given: list[str] | None) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for each in given or ():
        service, equals, url = each.partition("=")
        if not equals or not url.startswith(("http://", "https://")):
            raise Refused(f"« {each} » n’est pas de la forme service=URL.")
        found[service] = url.rstrip("/")
    return found
