"""The commands of the published language: freeze its schemas, refuse what breaks them, write its documentation."""

import json
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from deploy import event_docs
from deploy.compatibility import incompatibilities
from deploy.frozen import FOLDER, everything, schema_of
from deploy.person_free import person_problems
from shared.events.registry import EVENTS

ROOT = FOLDER.parent.parent
DOCS = ROOT / "docs" / "events.md"

app = typer.Typer(no_args_is_help=True, help="Frozen JSON Schemas of the events, and their documentation.")


@app.command()
def freeze() -> None:
    """Write the schemas of new events and of compatible changes; refuse the others."""
    _stop_on([problem for frozen in everything() for problem in frozen.breaking()])
    for frozen in everything():
        for path in frozen.freeze():
            typer.echo(f"frozen: {path.relative_to(ROOT)}")


@app.command()
def check(since: Annotated[str, typer.Option(help="A git reference not to break either.")] = "") -> None:
    """Fail when a schema, an example or the documentation is out of date, breaking or personal."""
    stale = not DOCS.exists() or DOCS.read_text() != event_docs.render(FOLDER)
    _stop_on(
        problems()
        + (problems_since(since) if since else [])
        + (["docs/events.md: out of date: run `make docs`"] if stale else [])
    )


@app.command()
def docs() -> None:
    """Write docs/events.md."""
    DOCS.parent.mkdir(exist_ok=True)
    DOCS.write_text(event_docs.render(FOLDER))


def problems(folder: Path = FOLDER) -> list[str]:
    """All that forbids a release: changes that break, files out of date or without event, personal data."""
    found = [problem for frozen in everything(folder) for problem in frozen.problems()]
    found += [problem for event in EVENTS.values() for problem in person_problems(event, schema_of(event))]
    known = {path for frozen in everything(folder) for path in (frozen.path, frozen.example, *frozen.history)}
    strangers = {path for part in ("schemas", "examples") for path in (folder / part).rglob("*")} - known
    found += [
        f"{path.relative_to(folder)}: of no event of the code; a released one is never taken away"
        for path in strangers
        if path.is_file()
    ]
    return sorted(found)


def problems_since(reference: str) -> list[str]:
    """What breaks the schemas as they were at a git reference, whatever was done to their files since."""
    found: list[str] = []
    current = {frozen.path: frozen for frozen in everything()}
    folder = (FOLDER / "schemas").relative_to(ROOT).as_posix()
    for name in _git("ls-tree", "-r", "--name-only", reference, folder).splitlines():
        path, before = ROOT / name, _git("show", f"{reference}:{name}")
        if path in current:
            broken = incompatibilities(json.loads(before), current[path].generated())
            found += [f"{current[path].name}, since {reference}: {problem}" for problem in broken]
        elif not path.exists() or path.read_text() != before:
            found.append(f"{name}: changed or gone since {reference}")
    return found


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True, text=True).stdout


def _stop_on(found: list[str]) -> None:
    for problem in found:
        typer.echo(problem, err=True)
    if found:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
