"""Where commands that operate find the broker and the database, who types them, and when."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.commands.output import Refused, errors, stack_of
from deploy.stack.layout import SERVICES, NoStack
from shared.kit.clock import PARIS
from shared.kit.kafka import KafkaAccess

Kafka = Annotated[str | None, typer.Option("--kafka", envvar="QMI_KAFKA", help="Courtier, hôte:port.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url", envvar="QMI_ADMIN_DATABASE_URL", help="Base, comme son propriétaire.", show_default=False
    ),
]
Operator = Annotated[
    str | None,
    typer.Option(
        "--operator", envvar="QMI_OPERATOR", help="Qui agit, pour le journal des opérations (le compte du système)."
    ),
]
Since = Annotated[str | None, typer.Option("--since", help="Depuis cet instant : 2024-03-01 ou 2024-03-01T14:00.")]
Until = Annotated[str | None, typer.Option("--until", help="Avant cet instant.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Au plus tant de messages.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Dire ce qui serait fait, ne rien changer.")]
Because = Annotated[str, typer.Option("--because", help="Pourquoi, pour le journal des opérations.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Montrer aussi les données personnelles ; c’est journalisé.")]


@dataclass(frozen=True)
class Reach:
    """The broker and the database, as the owner, of one platform."""

    access: KafkaAccess
    owner_dsn: str


def reach(kafka: str | None, database_url: str | None, stack: Path | None) -> Reach:
    """What was given, else what the environment says, else the running stack; raises Refused."""
    try:
        servers = kafka or stack_of(stack).kafka
        return Reach(_access(servers), _owner_dsn(database_url) or stack_of(stack).database)
    except NoStack as error:
        raise Refused(f"Donnez --kafka et --database-url (QMI_KAFKA, QMI_ADMIN_DATABASE_URL). {error}") from error


def owner_dsn(database_url: str | None, stack: Path | None) -> str:
    """The same for what needs no broker."""
    try:
        return _owner_dsn(database_url) or stack_of(stack).database
    except NoStack as error:
        raise Refused(f"Aucune base : donnez --database-url ou QMI_ADMIN_DATABASE_URL. {error}") from error


def operator_name(given: str | None) -> str:
    """Who acts: as said, else the account of the system."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Refused("Qui agit ? Donnez --operator.") from None


def instant(text: str | None) -> datetime | None:
    """An ISO 8601 date or instant, in Paris when it has no offset; raises Refused."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"« {text} » n’est pas un instant ; écrivez 2024-03-01 ou 2024-03-01T14:00+01:00.") from None
    return (found if found.tzinfo else found.replace(tzinfo=PARIS)).astimezone(UTC)


def service_of(group: str, service: str | None) -> str:
    """Whose schema a group works on: the service of that name, unless another is given."""
    found = service or group
    if found not in SERVICES:
        raise Refused(f"De quel service est le groupe « {group} » ? Donnez --service : {', '.join(SERVICES)}.")
    return found


class Bar:
    """A progress bar on the error output; silent where nobody looks."""

    def __init__(self, progress: Progress, text: str) -> None:
        self._progress = progress
        self._task = progress.add_task(text, total=None)

    def at(self, done: int, total: int) -> None:
        """So many done of so many."""
        self._progress.update(self._task, completed=done, total=total)


@contextmanager
def progress_bar(text: str) -> Iterator[Bar]:
    """Show how far a long command is."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        yield Bar(progress, text)


def _access(servers: str) -> KafkaAccess:
    ca = os.environ.get("QMI_KAFKA_CA")
    return KafkaAccess(
        servers,
        os.environ.get("QMI_KAFKA_SECURITY", "PLAINTEXT"),
        os.environ.get("QMI_KAFKA_USERNAME"),
        _secret("QMI_KAFKA_PASSWORD"),
        Path(ca) if ca else None,
    )


def _owner_dsn(given: str | None) -> str | None:
    return given or _secret("QMI_ADMIN_DATABASE_URL")


def _secret(variable: str) -> str | None:
    if file := os.environ.get(f"{variable}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(variable)
