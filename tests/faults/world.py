"""A small world under load: writers, processes that can be killed, and the history it all left behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.database import DATABASE_TROUBLE, Database
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess
from shared.kit.outbox import VersionTaken
from tests.builders.messages import a_start, a_work
from tests.faults.checker import History
from tests.infrastructure.databases import OwnDatabase

ROOT = Path(__file__).parents[2]


@dataclass
class Process:
    """A worker in a process of its own, on a port of its own."""

    factory: str
    environment: dict[str, str]
    log: Path
    port: int = 0
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, or start it again."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", f"tests.faults.processes:{self.factory}", "--factory"]
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                [*command, "--port", str(self.port), "--log-level", "warning"],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=output,
                stderr=output,
            )

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; SIGKILL leaves it no time to do anything."""
        if self.running is not None:
            self.running.send_signal(number)

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        if self.running is not None:
            await asyncio.to_thread(self.running.wait)

    async def ready(self, within: float = 60.0) -> None:
        """Wait until it says so."""
        async with asyncio.timeout(within), httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{self.port}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)


@dataclass
class World:
    """One sender, one receiver, the broker between them."""

    database: OwnDatabase
    kafka: KafkaAccess
    folder: Path
    acknowledged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def process(self, factory: str, service: str, number: int = 1) -> Process:
        """A process of this world, not yet started."""
        environment = {
            "QMI_MODE": "sandbox",
            "QMI_DATABASE_URL": self.database.dsn(service),
            "QMI_KAFKA": self.kafka.servers,
            "QMI_ISSUER": "http://127.0.0.1:9/dev-issuer",
        }
        return Process(factory, environment, self.folder / f"{factory}-{number}.log")

    async def load(self, sender: Database, *, keys: int, commands_per_key: int, during: Callable[[int], None]) -> None:
        """Writers commit commands, each key by one writer; `during` is told how many have ended."""
        subjects = [new_id() for _ in range(keys)]
        await asyncio.gather(*(self._write(sender, subject, commands_per_key, during) for subject in subjects))

    async def _write(self, sender: Database, subject: UUID, commands: int, during: Callable[[int], None]) -> None:
        for number in range(commands):
            command = f"{subject}/{number}"
            try:
                async with a_work(sender) as work:
                    await work.publish(subject, a_start(subject, edition=number + 1))
            except VersionTaken:
                self.refused.append(command)
            except DATABASE_TROUBLE:
                continue  # outcome unknown: neither acknowledged nor refused
            else:
                self.acknowledged.append(command)
            during(len(self.acknowledged) + len(self.refused))

    async def history(self, sender: Database, receiver: Database, *, within: float) -> History:
        """Wait until everything has drained, or the time is up; then read what happened."""
        try:
            async with asyncio.timeout(within):
                while await self._left(sender, receiver):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pass  # the judge names what is missing
        await asyncio.sleep(1.0)
        return await self._read(sender, receiver)

    async def _left(self, sender: Database, receiver: Database) -> bool:
        waiting = await sender.pool.fetchval("SELECT count(*) FROM outbox")
        committed = await sender.pool.fetchval("SELECT count(*) FROM event_log")
        ended = await receiver.pool.fetchval("SELECT (SELECT count(*) FROM effects) + (SELECT count(*) FROM parked)")
        return bool(waiting or ended < committed)

    async def _read(self, sender: Database, receiver: Database) -> History:
        log = await sender.pool.fetch("SELECT aggregate_id, version, data::jsonb -> 'edition' AS number FROM event_log")
        effects = await receiver.pool.fetch("SELECT subject, version FROM effects ORDER BY position")
        parked = await receiver.pool.fetch("SELECT key, message_id FROM parked ORDER BY id")
        return History(
            acknowledged=self.acknowledged,
            refused=self.refused,
            committed={
                f"{row['aggregate_id']}/{row['number'] - 1}": (str(row["aggregate_id"]), row["version"]) for row in log
            },
            sent=await self._topic(),
            applied=[(str(row["subject"]), row["version"]) for row in effects],
            parked=[(row["key"].decode(), row["message_id"]) for row in parked],
            waiting=await sender.pool.fetchval("SELECT count(*) FROM outbox"),
        )

    async def _topic(self) -> list[tuple[str, int]]:
        reader = AIOKafkaConsumer(**self.kafka.client_options(), auto_offset_reset="earliest")
        await reader.start()
        await reader._client.force_metadata_update()
        partitions = [
            TopicPartition(CANDIDATURE_EVENTS, number)
            for number in (await reader._client._wait_on_metadata(CANDIDATURE_EVENTS) or ())
        ]
        reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        found = []
        while any([await reader.position(partition) < ends[partition] for partition in partitions]):
            for records in (await reader.getmany(timeout_ms=500)).values():
                found += [(record.key.decode(), int(dict(record.headers)["ce_sequence"])) for record in records]
        await reader.stop()
        return found
