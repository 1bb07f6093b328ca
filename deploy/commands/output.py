"""How commands answer: tables for people, `--json` for scripts, one line on the error output when they cannot."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.stack.layout import Layout, NoStack, Stack
from deploy.stack.trouble import Trouble

# Where nobody looks, nothing need fit a screen.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
errors = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Répondre en JSON, pour un script.")]
StackFile = Annotated[
    Path | None, typer.Option("--stack", help="Description d’une pile en marche (par défaut var/stack.json).")
]


class Refused(Trouble):
    """The command cannot do what was asked; the text says why, in French."""


def stack_of(file: Path | None) -> Stack:
    """The running stack a command talks to; raises NoStack."""
    place = file or Layout.default().description
    found = Stack.read(place)
    if found.ended:
        raise NoStack(f"La pile décrite dans {place} ne tourne plus : lancez « make run ».")
    return found


def as_json(value: object) -> None:
    """Print a value as indented JSON."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def as_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """Print rows as a table."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
