"""Where the embedded stack keeps things, and on which ports it likes to answer."""

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.stack.cluster import forget as forget_cluster
from deploy.stack.trouble import Trouble

REPOSITORY = Path(__file__).parents[2]
SERVICES = ("candidature", "selection", "experiments", "notifications")
API_PORTS = dict(zip(SERVICES, range(8101, 8105), strict=True))
WORKER_PORTS = dict(zip(SERVICES, range(8201, 8205), strict=True))
ISSUER_PORT = 8100
SMTP_PORT = 8025


class NoStack(Trouble):
    """No description of a running stack where one was expected; the text says what to do, in French."""


@dataclass(frozen=True)
class Layout:
    """The folders of one stack, all under `root` (by default `var/`, or QMI_VAR)."""

    root: Path

    @classmethod
    def default(cls) -> "Layout":
        """The stack of this clone."""
        return cls(Path(os.environ.get("QMI_VAR") or REPOSITORY / "var").resolve())

    @property
    def postgres(self) -> Path:
        """Database cluster, its password and its port."""
        return self.root / "postgres"

    @property
    def mails(self) -> Path:
        """Received mails; index.html opens them."""
        return self.root / "mails"

    @property
    def documents(self) -> Path:
        """Uploaded documents, one folder per service."""
        return self.root / "documents"

    @property
    def secrets(self) -> Path:
        """Generated passwords and keys, mode 0600."""
        return self.root / "secrets"

    @property
    def description(self) -> Path:
        """Addresses of the running stack, for scripts."""
        return self.root / "stack.json"

    @property
    def last_description(self) -> Path:
        """The same, once the stack is stopped: the next one likes the same ports."""
        return self.root / "stack.last.json"

    def no_longer_running(self) -> None:
        """Let nobody believe that the described stack still runs."""
        if self.description.exists():
            self.description.replace(self.last_description)

    def forget(self) -> None:
        """Delete what the embedded stack keeps; what others put under the same root (containers' secrets) stays."""
        forget_cluster(self.postgres)
        for folder in (self.mails, self.documents, self.root / "logs"):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.description, self.last_description, *self.secrets.glob("*")):
            if file.is_file():
                file.unlink()

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.root / "logs" / f"{name}.log"

    def secret(self, name: str) -> str:
        """A random secret of 32 bytes, the same at each call, kept in a file of mode 0600."""
        self.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self.secrets / name
        if not file.exists():
            write_privately(file, secrets.token_urlsafe(32))
        return file.read_text().strip()


@dataclass
class Stack:
    """Addresses of a running stack: what `stack.json` says.

    `kafka` is host:port, `database` a DSN of the owner, `apis` and `workers` base URLs by service,
    `issuer` the `iss` claim, `mails` a folder (or the URL of a mail reader), `smtp` host:port,
    `pid` the supervisor's, `embedded` whether Kafka is the one of `make run`.
    """

    kafka: str = ""
    database: str = ""
    apis: dict[str, str] = field(default_factory=dict)
    workers: dict[str, str] = field(default_factory=dict)
    issuer: str = ""
    mails: str = ""
    smtp: str = ""
    logs: str = ""
    pid: int = 0
    embedded: bool = False

    def write(self, file: Path) -> None:
        """Replace `file` at once; it holds a password, hence mode 0600."""
        write_privately(file, json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, file: Path) -> "Stack":
        """The stack described by `file`; raises NoStack."""
        try:
            found: dict[str, Any] = json.loads(file.read_text())
        except FileNotFoundError as error:
            raise NoStack(f"Aucune pile décrite dans {file} : lancez « make run », ou donnez --stack.") from error
        except (OSError, ValueError) as error:
            raise NoStack(f"{file} est illisible : {error}") from error
        return cls(**{name: value for name, value in found.items() if name in cls.__dataclass_fields__})

    @property
    def ended(self) -> bool:
        """Whether the supervisor that wrote this is gone (a stack without one has no process id)."""
        if not self.pid:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def write_privately(file: Path, text: str) -> None:
    """Write a file that only its owner may read, atomically."""
    fresh = file.with_name(f".{file.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
    fresh.replace(file)
