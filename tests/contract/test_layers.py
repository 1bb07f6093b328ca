"""The import contracts, each seen to fail: one violation at a time, in a copy of the packages."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "shared", "deploy")
_LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
_VERDICT = re.compile(r"^(?P<name>.+) (?P<verdict>KEPT|BROKEN)$", re.MULTILINE)


@dataclass(frozen=True)
class Violation:
    """A line that must not be written there, and the one contract that must say so."""

    contract: str
    module: str
    line: str

    def __str__(self) -> str:
        return f"{self.module}: {self.line or 'is there'}"


VIOLATIONS = (
    Violation(
        "Services are independent",
        "services/selection/subscribers.py",
        "from services.candidature.domain import call",
    ),
    Violation(
        "Layers of a service",
        "services/candidature/domain/call.py",
        "from services.candidature.usecases import ports",
    ),
    Violation(
        "Layers of a service",
        "services/experiments/usecases/sign_agreement.py",
        "from services.experiments import settings",
    ),
    Violation(
        "Layers of a service",
        "services/notifications/subscribers.py",
        "from services.notifications.api import feed",
    ),
    Violation("Layers of a service", "services/selection/helpers.py", ""),
    Violation(
        "The domain and the use cases do no I/O",
        "services/experiments/domain/site.py",
        "import asyncpg",
    ),
    Violation(
        "The domain and the use cases do no I/O",
        "services/selection/usecases/unseal_scores.py",
        "from shared.kit import database",
    ),
    Violation("The published language does no I/O", "shared/territory/tables.py", "import structlog"),
    Violation(
        "The kit stands above the published language",
        "shared/events/headers.py",
        "from shared.kit import refusals",
    ),
    Violation(
        "Nothing shared or deployed is known below",
        "shared/kit/health.py",
        "from deploy.stack import trouble",
    ),
    Violation(
        "Nothing shared or deployed is known below",
        "shared/kit/republish.py",
        "from services.candidature.domain import errors",
    ),
)


def contracts() -> list[str]:
    """The names of the contracts of this repository."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return [contract["name"] for contract in tomllib.load(file)["tool"]["importlinter"]["contracts"]]


def broken_in(copy: Path) -> list[str]:
    """The contracts that do not hold in a copy, all of them having been judged."""
    run = subprocess.run([sys.executable, "-c", _LINT], cwd=copy, capture_output=True, text=True, timeout=60)
    verdicts = {found["name"]: found["verdict"] for found in _VERDICT.finditer(run.stdout)}
    assert list(verdicts) == contracts(), run.stdout + run.stderr
    assert run.returncode == (1 if "BROKEN" in verdicts.values() else 0)
    return [name for name, verdict in verdicts.items() if verdict == "BROKEN"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of the packages and the contracts, to be spoilt."""
    home = tmp_path_factory.mktemp("packages")
    shutil.copy(ROOT / "pyproject.toml", home)
    for package in PACKAGES:
        for module in (ROOT / package).rglob("*.py"):
            place = home / module.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, place)
    return home


@pytest.fixture
def spoilt(copy: Path, violation: Violation) -> Iterator[Path]:
    """The copy with one violation in it."""
    module = copy / violation.module
    before = module.read_text() if module.exists() else None
    module.write_text(f"{before or ''}\n{violation.line}\n")
    yield copy
    if before is None:
        module.unlink()
    else:
        module.write_text(before)


def test_every_contract_has_a_violation_here() -> None:
    assert len(contracts()) == 6
    assert {violation.contract for violation in VIOLATIONS} == set(contracts())


def test_nothing_is_broken_as_it_stands(copy: Path) -> None:
    assert broken_in(copy) == []


@pytest.mark.parametrize("violation", VIOLATIONS, ids=str)
def test_one_violation_breaks_one_contract(spoilt: Path, violation: Violation) -> None:
    assert broken_in(spoilt) == [violation.contract]
