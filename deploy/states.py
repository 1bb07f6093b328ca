"""docs/states.md, drawn from the transition tables the domains enforce; `python -m deploy.states [--check]`."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import services

DOCUMENT = Path(__file__).parents[1] / "docs" / "states.md"

_HEAD = """# States

Drawn from the tables the domains enforce: anything else is refused by name (`invalid-state`, with what is allowed).
Written by `make docs`; do not edit.
"""


def tables() -> Iterator[tuple[str, str, Mapping[StrEnum, frozenset[StrEnum]]]]:
    """Service, name and table of each `…TRANSITIONS` in the domains, in alphabetical order of modules."""
    for service in sorted(module.name for module in pkgutil.iter_modules(services.__path__)):
        package = importlib.import_module(f"services.{service}.domain")
        for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for name, table in vars(module).items():
                if name.endswith("TRANSITIONS") and next(iter(table)).__module__ == module.__name__:
                    kind = name.removesuffix("TRANSITIONS").strip("_").replace("_", " ").lower()
                    yield service, kind or _SUBJECTS.get(found.name, found.name.replace("_", " ")), table


# Where the module is named after something else than the aggregate.
_SUBJECTS = {"lifecycle": "experiment"}


def document() -> str:
    """The whole page."""
    parts = [_HEAD]
    for service, subject, table in tables():
        lines = [f"    {state.value} --> {target.value}" for state in table for target in sorted(table[state])]
        ends = [f"    {state.value} --> [*]" for state in table if not table[state]]
        start = f"    [*] --> {next(iter(table)).value}"
        parts.append(f"## {service}: {subject}\n")
        parts.append("\n".join(["```mermaid", "stateDiagram-v2", start, *lines, *ends, "```", ""]))
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is up to date (exit code 1 when not)."""
    text = document()
    if "--check" not in arguments:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/states.md is not what the code says: run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
