"""Starts the embedded stack and the services in the right order, and stops them in the reverse one."""

import asyncio
import fcntl
import os
import signal
import time
from typing import IO

from deploy.stack import broker, environment, postgres, preparation, readiness
from deploy.stack.child import Child, stop_all
from deploy.stack.entrance import Entrance
from deploy.stack.history import republish_services
from deploy.stack.layout import SERVICES, Layout, Stack
from deploy.stack.plan import plan
from deploy.stack.report import Report
from deploy.stack.trouble import Trouble

API_PATIENCE = 12.0
WORKER_PATIENCE = 20.0
SIDE_PATIENCE = 5.0
STEPS = 7 + 2 * len(SERVICES)


class StackFailed(Trouble):
    """The stack could not be started; the text says why, in French."""


def hold(layout: Layout) -> IO[str]:
    """Keep others out of this stack until the file is closed; raises StackFailed when somebody is in."""
    layout.root.mkdir(parents=True, exist_ok=True)
    lock = (layout.root / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise StackFailed(f"Une pile tourne déjà dans {layout.root} : arrêtez-la d’abord (Ctrl-C).") from error
    return lock


class Supervisor:
    """One embedded stack, from `start` to `stop`."""

    def __init__(self, layout: Layout, report: Report) -> None:
        self.layout = layout
        self.report = report
        self.stack = Stack()
        self.sides: list[Child] = []
        self.apis: list[Child] = []
        self.workers: list[Child] = []
        self._lock: IO[str] | None = None
        self._entrance: Entrance | None = None
        self._postgres: postgres.RunningPostgres | None = None
        self._broker: broker.RunningBroker | None = None

    async def start(self) -> Stack:
        """Bring everything up; raises StackFailed, NotReady, PostgresFailed, BrokerFailed, MigrationError…"""
        began = time.monotonic()
        self._lock = hold(self.layout)
        self.stack = plan(self.layout)
        self.layout.no_longer_running()
        with self.report.steps("Démarrage", STEPS):
            await self._foundations()
            await self._services()
        self.stack.pid = os.getpid()
        self.stack.write(self.layout.description)
        self.report.say(f"Pile prête en {time.monotonic() - began:.1f} s.")
        return self.stack

    async def stop(self) -> None:
        """Stop everything, in order: apis, workers, mail and issuer, broker, database."""
        for children, patience in (
            (self.apis, API_PATIENCE),
            (self.workers, WORKER_PATIENCE),
            (self.sides, SIDE_PATIENCE),
        ):
            await asyncio.to_thread(stop_all, children, patience)
        if self._entrance:
            await self._entrance.close()
        if self._broker:
            await asyncio.to_thread(self._broker.stop)
        if self._postgres:
            await asyncio.to_thread(self._postgres.stop)
        if self._lock:
            self.layout.no_longer_running()
            self._lock.close()

    def kill(self) -> None:
        """Stop everything at once, without manners; the next start recovers."""
        for child in self.children():
            child.ask(signal.SIGKILL)
        if self._broker:
            self._broker.process.kill()
        if self._postgres:
            self._postgres.stop(patience=1.0)

    def children(self) -> list[Child]:
        """Every process that can simply be started again."""
        return [*self.sides, *self.apis, *self.workers]

    def database_ended(self) -> bool:
        """Whether PostgreSQL is gone."""
        return self._postgres is not None and not self._postgres.is_running()

    def broker_ended(self) -> bool:
        """Whether the broker is gone."""
        return self._broker is not None and not self._broker.is_running()

    async def restart_database(self) -> None:
        """Start PostgreSQL again on the same data and port."""
        if self._postgres:
            self._postgres.stop()
        self._start_postgres()

    async def replace_broker(self) -> None:
        """A new broker is empty: the workers stop, the history is told again, the workers come back."""
        await asyncio.to_thread(stop_all, self.workers, WORKER_PATIENCE)
        self._start_broker()
        count = await self._republish()
        for child in self.workers:
            child.start()
        self.report.say(f"{count} événement(s) remis dans le nouveau courtier.")

    async def _foundations(self) -> None:
        self.sides = [environment.issuer(self.layout, self.stack), environment.mail(self.layout, self.stack)]
        for child in self.sides:
            child.start()
        self._entrance = Entrance(int(self.stack.kafka.rpartition(":")[2]))
        await self._entrance.open()
        self._start_broker()
        self.report.done("Courtier Kafka embarqué")
        server = self._start_postgres()
        self.report.done("PostgreSQL 18")
        await preparation.roles(self.layout, server.dsn)
        self.report.done("Rôles de la base")
        applied = await preparation.migrations(self.stack.database)
        self.report.done(f"Migrations ({applied} appliquée(s))")

    async def _services(self) -> None:
        self.apis = [environment.api(self.layout, self.stack, service) for service in SERVICES]
        self.workers = [environment.worker(self.layout, self.stack, service) for service in SERVICES]
        for child in self.apis:
            child.start()
        count = await self._republish()
        self.report.done(f"Événements remis dans le courtier ({count})")
        for child in self.workers:
            child.start()
        await readiness.all_ready(self.children(), self.report)

    async def _republish(self) -> int:
        counts = await republish_services(self.stack.database, self.stack.kafka, SERVICES)
        return sum(counts.values())

    def _start_postgres(self) -> postgres.RunningPostgres:
        self._postgres = postgres.start(self.layout.postgres, log=self.layout.log("postgres"), tethered=True)
        self.stack.database = environment.role_dsn(self.layout, self._postgres.dsn, environment.OWNER)
        return self._postgres

    def _start_broker(self) -> None:
        if self._broker:
            self._broker.stop()
        self._broker = broker.start(log=self.layout.log("broker"), tethered=True)
        preparation.make_topics(self._broker.address)
        if self._entrance:
            self._entrance.leads_to = self._broker.address
