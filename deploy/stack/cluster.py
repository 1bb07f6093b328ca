"""A PostgreSQL data folder: where it really is, how it is made, who owns it."""

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from deploy.stack.account import Account, account_for
from deploy.stack.runtime import SYSTEM_FOLDER, binaries
from deploy.stack.trouble import Trouble

OWNER = "postgres"
DATABASE = "qmi"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class PostgresFailed(Trouble):
    """PostgreSQL could not be prepared, started or stopped; the text says why, in French."""


@dataclass(frozen=True)
class Cluster:
    """A prepared data folder: `data` is its real path, `account` who must run it (None: ourselves)."""

    data: Path
    binaries: Path
    account: Account | None
    password: str

    def command(self, program: str, *words: str) -> list[str]:
        """The command line of one of PostgreSQL's programs."""
        return [str(self.binaries / program), *words]


def prepare(home: Path) -> Cluster:
    """Make the database cluster of `home` unless it exists: `home`/data, `home`/password (mode 0600).

    As root, the data belong to an unprivileged account; if that account cannot go where `home` stands,
    `home`/data is a link to a folder under /var/lib/qmi.
    """
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "data").exists():
        (home / "data").unlink(missing_ok=True)
    data = (home / "data").resolve()
    account = account_for(data)
    if account and not data.exists() and not account.reaches(data):
        data = _elsewhere(home, account)
    cluster = Cluster(data, binaries(account), account, _password(home / "password"))
    if not data.exists():
        _initialise(cluster)
    elif account and data.stat().st_uid != account.uid:
        account.own([data, *data.rglob("*")])
    return cluster


def forget(home: Path) -> None:
    """Delete the cluster of `home`, wherever its data really are."""
    data = (home / "data").resolve()
    shutil.rmtree(data.parent if data.is_relative_to(SYSTEM_FOLDER) else data, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def _elsewhere(home: Path, account: Account) -> Path:
    folder = SYSTEM_FOLDER / secrets.token_hex(6)
    folder.mkdir(parents=True)
    SYSTEM_FOLDER.chmod(0o755)
    account.own([folder])
    (home / "data").symlink_to(folder / "data")
    return folder / "data"


def _password(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text().strip()


def _initialise(cluster: Cluster) -> None:
    """Make the cluster beside its place, then move it: an interrupted start leaves nothing half made."""
    fresh = cluster.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", prefix="qmi-") as secret:
        secret.write(cluster.password)
        secret.flush()
        if cluster.account:
            cluster.account.own([fresh, Path(secret.name)])
        words = ["-D", str(fresh), "-U", OWNER, f"--pwfile={secret.name}", "--auth=scram-sha-256", "--encoding=UTF8"]
        words += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        _run(cluster, cluster.command("initdb", *words))
    single = cluster.command("postgres", "--single", "-D", str(fresh), "template1")
    _run(cluster, single, said=f"CREATE DATABASE {DATABASE};\n")
    fresh.rename(cluster.data)


def _run(cluster: Cluster, command: list[str], *, said: str = "") -> None:
    done = subprocess.run(
        command, input=said, capture_output=True, text=True, check=False, cwd="/", env=ENVIRONMENT, **identity(cluster)
    )
    if done.returncode:
        raise PostgresFailed(f"PostgreSQL n’a pas pu créer ses données :\n{(done.stderr or done.stdout).strip()}")


class Identity(TypedDict, total=False):
    """Who a child process runs as: arguments of `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


def identity(cluster: Cluster) -> Identity:
    """Arguments of `subprocess` that make a program run as the cluster's account."""
    if cluster.account is None:
        return {}
    return {"user": cluster.account.uid, "group": cluster.account.gid, "extra_groups": []}
