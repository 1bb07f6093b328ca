"""The whole platform for one test module: issuer, mail sink, four APIs, four workers, each a real process."""

import asyncio
import io
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from rich.console import Console

from deploy.stack import environment, readiness
from deploy.stack.child import Child, stop_all
from deploy.stack.issuer import issuer_url
from deploy.stack.layout import SERVICES, Layout, Stack
from deploy.stack.report import Report
from tests.infrastructure.containers import LOOPBACK, free_port
from tests.infrastructure.databases import OwnDatabase

PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as its reader gets it."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str

    @classmethod
    def of(cls, message: EmailMessage) -> "Received":
        """Both alternatives of a message."""
        parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
        return cls(
            to=str(message["X-Envelope-To"]),
            subject=str(message["subject"]),
            text=parts.get("text/plain", ""),
            html=parts.get("text/html", ""),
            message_id=str(message["message-id"]),
        )


class Town:
    """Made on a broker and a database of its own; `stack` is what `stack.json` would say."""

    def __init__(self, folder: Path, database: OwnDatabase, kafka: str) -> None:
        self.layout = Layout(folder)
        self.database = database
        self.stack = _stack(self.layout, database, kafka)
        self.sides = [environment.issuer(self.layout, self.stack), environment.mail(self.layout, self.stack)]
        self.apis = [self._on_database(environment.api(self.layout, self.stack, s), s) for s in SERVICES]
        self.workers = [self._on_database(environment.worker(self.layout, self.stack, s), s) for s in SERVICES]

    async def start(self) -> None:
        """Start every process and wait until all are ready; raises NotReady with the log of the one that is not."""
        await self.begin([*self.sides, *self.apis, *self.workers])

    async def begin(self, children: Iterable[Child]) -> None:
        """Start some processes, and wait for them."""
        started = list(children)
        for child in started:
            child.start()
        await readiness.all_ready(started, Report(Console(file=io.StringIO())))

    async def stop(self) -> None:
        """Stop every process, politely."""
        for children in (self.apis, self.workers, self.sides):
            await self.end(children)

    async def end(self, children: list[Child]) -> None:
        """Stop some processes, politely."""
        await asyncio.to_thread(stop_all, children, PATIENCE)

    def mails(self) -> list[Received]:
        """Everything the mail server has taken, in order."""
        files = sorted(self.layout.mails.glob("*.eml"))
        return [Received.of(message_from_bytes(file.read_bytes(), policy=policy.default)) for file in files]

    async def count(self, table: str) -> dict[str, int]:
        """How many rows a table of the kit has, by service."""
        connection = await self.database.connect()
        try:
            return {s: await connection.fetchval(f"SELECT count(*) FROM {s}.{table}") for s in SERVICES}
        finally:
            await connection.close()

    def _on_database(self, child: Child, service: str) -> Child:
        child.environment = {**child.environment, "QMI_DATABASE_URL": self.database.dsn(service)}
        return child


def _stack(layout: Layout, database: OwnDatabase, kafka: str) -> Stack:
    return Stack(
        kafka=kafka,
        database=database.admin_dsn,
        apis={service: f"http://{LOOPBACK}:{free_port()}" for service in SERVICES},
        workers={service: f"http://{LOOPBACK}:{free_port()}" for service in SERVICES},
        issuer=issuer_url(free_port()),
        mails=str(layout.mails),
        smtp=f"{LOOPBACK}:{free_port()}",
    )
