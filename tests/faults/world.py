"""A small world of its own: Kafka and PostgreSQL behind proxies, two of each process, and a database for each run."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
from confluent_kafka import KafkaException

from deploy.stack.issuer import issuer_url
from deploy.stack.signing import Wanted, key_in, mint
from shared.events.topics import CANDIDATURE_EVENTS, dead_letter_topic, public_topic
from shared.kit.access import Role
from shared.kit.database import Database
from shared.kit.identity import new_id
from tests.faults import crashes
from tests.faults.containers import ProxiedKafka, SmallPostgres, ports
from tests.faults.processes import TABLES
from tests.faults.proxy import KafkaProxy, Proxy
from tests.faults.running import ROOT, Process
from tests.infrastructure import broker, engine
from tests.infrastructure.containers import free_port
from tests.infrastructure.databases import Databases, OwnDatabase

PARTITIONS = 4


@dataclass
class Scene:
    """What one run has of its own: a database, topics, a consumer group, processes."""

    world: "World"
    database: OwnDatabase
    group: str
    folder: Path
    variant: str
    writer: Database
    processes: dict[str, list[Process]] = field(default_factory=dict)
    poison: list[str] = field(default_factory=list)

    def of(self, role: str) -> list[Process]:
        """The processes of a role."""
        return self.processes[role]

    def everybody(self) -> list[Process]:
        """All processes."""
        return [process for processes in self.processes.values() for process in processes]

    async def until(self, sql: str, within: float) -> bool:
        """Wait until a query says yes; False when it has not by then."""
        connection = await self.database.connect()
        try:
            async with asyncio.timeout(within):
                while not await connection.fetchval(sql):
                    await asyncio.sleep(0.05)
            return True
        except TimeoutError:
            return False
        finally:
            await connection.close()

    async def redrive(self, crash_at: str = "") -> bool:
        """Give what died of a bug back to its group, as a person would; whether the command died of it."""
        operator = Process("operator", 1, {}, self.folder)
        words = ("--reason", "handler-failed", "--max-cycles", "99", "--kafka", self.world.kafka.address)
        place = ("--group", self.group, "--service", "selection", "--database-url", self.database.admin_dsn)
        operator.start_command("dlq", "redrive", *words, *place, "--operator", "astreinte", crash_at=crash_at)
        try:
            if not await operator.gone(60):
                raise TimeoutError("the command did not end within 60 s")
        finally:
            await operator.kill()
        return operator.running is not None and operator.running.returncode < 0

    def crash_points(self) -> tuple[Counter[str], Counter[str]]:
        """How often each crash point of these processes was passed, and died at."""
        passages: Counter[str] = Counter()
        deaths: Counter[str] = Counter()
        for role in (*self.processes, "operator"):
            passed, died = crashes.tally(role, sorted(self.folder.glob(f"{role}-*.counts")))
            passages.update(passed)
            deaths.update(died)
        return passages, deaths

    def add(self, role: str) -> Process:
        """One more process of a role, not yet started."""
        service = "selection" if role == "worker" else "candidature"
        environment = {
            "QMI_MODE": "sandbox",
            "QMI_DATABASE_URL": self.world.proxied(self.database.dsn(service)),
            "QMI_KAFKA": f"127.0.0.1:{self.world.kafka_proxy.port}",
            "QMI_ISSUER": self.world.issuer,
            "QMI_FAULTS_GROUP": self.group,
            "QMI_FAULTS_VARIANT": self.variant,
        }
        known = self.processes.setdefault(role, [])
        known.append(Process(role, len(known) + 1, environment, self.folder))
        return known[-1]

    async def start(self, **wanted: int) -> None:
        """Start so many processes of each role, and wait until all are ready."""
        for role, count in wanted.items():
            for _ in range(count):
                self.add(role).start()
        await asyncio.gather(*(process.ready() for process in self.everybody()))

    async def close(self) -> None:
        """End the processes and forget the data."""
        for process in self.everybody():
            process.retired = True
        await asyncio.gather(*(process.kill() for process in self.everybody()))
        await self.writer.stop()
        await self.world.databases.drop(self.database)


class World:
    """The containers, the proxies and the issuer; `scene` makes what a run needs on them."""

    def __init__(self, *, minutes: float = 3.0) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qmi-faults-"))
        postgres_port, kafka_port = ports()
        image = engine.image("QMI_KAFKA_IMAGE", engine.KAFKA_IMAGES)
        self.kafka = ProxiedKafka(image, proxy=kafka_port)
        image = engine.image("QMI_POSTGRES_IMAGE", engine.POSTGRES_IMAGES)
        self.postgres = SmallPostgres(image, megabytes=int(160 + 20 * minutes))
        self.postgres_proxy = Proxy(postgres_port, self.postgres.port)
        self.kafka_proxy = KafkaProxy(kafka_port, self.kafka.behind_proxy)
        self.databases = Databases(self.postgres.dsn)
        self._issuer_port = free_port()
        self._issuing: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        """The issuer of the tokens."""
        return issuer_url(self._issuer_port)

    def token(self) -> str:
        """A token that may write."""
        return mint(key_in(self.folder / "issuer"), self.issuer, Wanted((Role.PROGRAMME,)))

    def proxied(self, dsn: str) -> str:
        """The same database, through the proxy."""
        parts = urlsplit(dsn)
        place = f"{parts.netloc.rpartition(':')[0]}:{self.postgres_proxy.port}"
        return urlunsplit(parts._replace(netloc=place))

    async def start(self) -> None:
        """Start it all."""
        engine.remove_leftovers()
        await asyncio.gather(asyncio.to_thread(self.kafka.start), asyncio.to_thread(self.postgres.start))
        key_in(self.folder / "issuer")
        self._issuing = self._issue()
        await self.postgres_proxy.start()
        await self.kafka_proxy.start()
        await asyncio.gather(
            asyncio.to_thread(self.kafka.wait_until_ready), asyncio.to_thread(self.postgres.wait_until_ready)
        )
        await asyncio.to_thread(broker.open_groups, self.kafka.address)
        await self._use_small_disk()
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while not await _answers(client, f"http://127.0.0.1:{self._issuer_port}/livez"):
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Leave nothing behind."""
        if self._issuing is not None:
            self._issuing.kill()
            self._issuing.wait()
        await self.postgres_proxy.stop()
        await self.kafka_proxy.stop()
        await asyncio.gather(asyncio.to_thread(self.kafka.stop), asyncio.to_thread(self.postgres.stop))
        shutil.rmtree(self.folder, ignore_errors=True)

    async def scene(self, variant: str = "") -> Scene:
        """A database with the tables of the run, on the small disk, empty topics and a group nobody used."""
        group = f"selection-{new_id().hex[-8:]}"
        await asyncio.to_thread(self._make_topics, group)
        own = await self.databases.create("candidature", "selection")
        await self._run(f"ALTER DATABASE {own.name} SET TABLESPACE small")
        admin = await own.connect()
        await admin.execute(TABLES)
        await admin.close()
        writer = Database(self.proxied(own.dsn("candidature")), "candidature", patience=3.0)
        await writer.start()
        folder = self.folder / group
        folder.mkdir()
        return Scene(self, own, group, folder, variant, writer)

    def _issue(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "deploy.stack.issuer", "--port", str(self._issuer_port)]
        return subprocess.Popen(
            [*command, "--secrets", str(self.folder / "issuer")], cwd=ROOT, stderr=subprocess.DEVNULL
        )

    def _make_topics(self, group: str) -> None:
        names = (CANDIDATURE_EVENTS, public_topic("candidature"), dead_letter_topic(CANDIDATURE_EVENTS, group))
        broker.delete_topics(self.kafka.address, list(names))
        while set(names) & set(broker.admin(self.kafka.address).list_topics(timeout=10).topics):
            pass
        for name in names:
            for _ in range(20):
                try:
                    broker.create_topic(self.kafka.address, name, PARTITIONS)
                    break
                except (KafkaException, KeyError):
                    continue

    async def _use_small_disk(self) -> None:
        folder = await asyncio.to_thread(self.postgres.make_tablespace_folder)
        await self._run(f"CREATE TABLESPACE small LOCATION '{folder}'")

    async def _run(self, sql: str) -> None:
        connection = await asyncpg.connect(self.postgres.dsn)
        await connection.execute(sql)
        await connection.close()


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.TransportError:
        return False
