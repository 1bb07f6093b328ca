"""`qmi up`, `qmi demo`, `qmi stack`, `qmi clean-data`: the stack of this machine."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from deploy.commands.output import Json, StackFile, as_json, as_table, console, stack_of
from deploy.stack.layout import Layout, Stack


def up(
    demo: Annotated[bool, typer.Option(help="Jouer une édition du programme une fois la pile prête.")] = False,
) -> None:
    """Start the embedded stack and the four services, and stay up until Ctrl-C."""
    from deploy.stack.report import Report
    from deploy.stack.running import run
    from deploy.stack.supervisor import Supervisor

    asyncio.run(run(Supervisor(Layout.default(), Report(console)), demo=demo, show=show))


def demo(
    stack: StackFile = None,
    edition: Annotated[int, typer.Option(min=1, max=1_000, help="Numéro de l’édition à jouer.")] = 2,
) -> None:
    """Play an edition of the programme against a running stack; played already, it is only shown."""
    from deploy.demo import play

    play.main(stack_of(stack), console, edition)


def stack(file: StackFile = None, json: Json = False) -> None:
    """Show the addresses of the running stack and the health of each process."""
    from deploy.stack.health import examine

    found = stack_of(file)
    checks = asyncio.run(examine(found))
    if json:
        as_json(
            {"stack": asdict(found), "health": {check.name: check.said if not check.ok else "ok" for check in checks}}
        )
    else:
        rows = [
            (check.name, check.address, "[green]ok[/green]" if check.ok else f"[red]{check.said}[/red]")
            for check in checks
        ]
        as_table(("Processus", "Adresse", "État"), rows)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def clean_data() -> None:
    """Forget everything the embedded stack keeps: database, mails, documents, keys, logs."""
    from deploy.stack.supervisor import hold

    layout = Layout.default()
    if layout.root.exists():
        with hold(layout):
            layout.forget()
    console.print(f"Les données de {layout.root} sont effacées.")


def show(found: Stack) -> None:
    """Print where everything answers."""
    rows = [(f"API {service}", f"{url}/docs") for service, url in found.apis.items()]
    rows += [("Flux des partenaires", f"{url}/v1/feed") for url in [found.apis.get("notifications")] if url]
    rows += [
        ("Kafka", found.kafka),
        ("Courriels", f"{found.mails}/index.html"),
        ("Émetteur (développement)", found.issuer),
    ]
    rows += [("Journaux", found.logs), ("Adresses pour les scripts", str(Layout.default().description))]
    as_table(("Quoi", "Où"), rows)
    console.print("Jeton : [bold].venv/bin/qmi token --role programme[/bold] · Ctrl-C arrête tout proprement.")
