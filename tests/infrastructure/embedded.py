"""The embedded stack of `make run`, for tests: the same broker and PostgreSQL, forgotten at the end."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.stack import broker, cluster, postgres


class EmbeddedKafka:
    """A broker in memory: one member per group, no administration, and all is lost when it ends."""

    partners = None

    def __init__(self) -> None:
        self._running = broker.start(tethered=True)
        self.address = self._running.address

    def stop(self) -> None:
        """End it."""
        self._running.stop()


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A PostgreSQL on data of its own; `dsn` opens the database `qmi` as its superuser."""

    dsn: str
    home: Path
    running: postgres.RunningPostgres

    @classmethod
    def start(cls) -> "EmbeddedPostgres":
        """Make the data in a new folder and start the server, which ends with this process."""
        home = Path(tempfile.mkdtemp(prefix="qmi-tests-"))
        running = postgres.start(home, settings={"fsync": "off", "max_connections": "400"}, tethered=True)
        return cls(running.dsn, home, running)

    def stop(self) -> None:
        """End the server and forget its data."""
        self.running.stop()
        cluster.forget(self.home)
