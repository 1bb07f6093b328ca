"""A Kafka whose services pass through a proxy, and a PostgreSQL whose disk is small enough to be filled."""

import contextlib
import secrets

from docker.errors import APIError, NotFound  # type: ignore[import-untyped]

from tests.infrastructure import engine
from tests.infrastructure.containers import LOOPBACK, KafkaContainer, PostgresContainer, free_port

_SMALL = "/small"


class ProxiedKafka(KafkaContainer):
    """Advertises the proxy to services; `address` is a listener of the checker's own."""

    def __init__(self, image: str, *, proxy: int) -> None:
        super().__init__(image)
        self.behind_proxy = int(self.address.rpartition(":")[2])
        self.address = f"{LOOPBACK}:{self.publish(9095)}"
        self.with_envs(
            KAFKA_LISTENERS="SERVICES://:9092,CONTROLLER://localhost:9093,CHECKER://:9095",
            KAFKA_ADVERTISED_LISTENERS=f"SERVICES://{LOOPBACK}:{proxy},CHECKER://{self.address}",
            KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="SERVICES:PLAINTEXT,CONTROLLER:PLAINTEXT,CHECKER:PLAINTEXT",
            KAFKA_INTER_BROKER_LISTENER_NAME="CHECKER",
            KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS="1000",
        )
        self.env.pop("KAFKA_LISTENER_NAME_PARTNERS_SCRAM___SHA___512_SASL_JAAS_CONFIG", None)
        self.env.pop("KAFKA_SASL_ENABLED_MECHANISMS", None)


class SmallPostgres(PostgresContainer):
    """Its tables may be put on a disk of `megabytes` in memory, which another container keeps through a restart."""

    def __init__(self, image: str, *, megabytes: int) -> None:
        super().__init__(image)
        self._volume = f"qmi-faults-{secrets.token_hex(6)}"
        self._megabytes = megabytes
        self._keeper = ""
        self.with_volume_mapping(self._volume, _SMALL, "rw")
        self.port = int(self.dsn.rpartition(":")[2].partition("/")[0])

    def start(self) -> "SmallPostgres":
        """Make the disk, somebody who keeps it, then the server."""
        options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={self._megabytes}m,mode=1777"}
        with engine.client() as docker:
            docker.volumes.create(self._volume, driver="local", driver_opts=options)
            keeper = docker.containers.run(
                self.image,
                entrypoint=["sleep", "86400"],
                volumes={self._volume: {"bind": _SMALL, "mode": "rw"}},
                labels={engine.OWNER: engine.owner()},
                detach=True,
            )
            self._keeper = keeper.id
        super().start()
        return self

    def stop(self, force: bool = True, delete_volume: bool = True) -> None:
        """Take everything away, the disk included."""
        super().stop(force, delete_volume)
        with engine.client() as docker, contextlib.suppress(NotFound, APIError):
            docker.containers.get(self._keeper).remove(force=True, v=True)
            docker.volumes.get(self._volume).remove(force=True)

    def make_tablespace_folder(self) -> str:
        """A folder of the small disk that PostgreSQL owns."""
        self._run(f"mkdir -p {_SMALL}/tables && chmod 0700 {_SMALL}/tables")
        return f"{_SMALL}/tables"

    def fill(self) -> None:
        """Leave no room on the disk of the tables."""
        self._run(
            f"dd if=/dev/zero of={_SMALL}/filler bs=64k 2>/dev/null; dd if=/dev/zero of={_SMALL}/rest bs=1k; true"
        )

    def clear(self) -> None:
        """Give the room back."""
        self._run(f"rm -f {_SMALL}/filler {_SMALL}/rest")

    def _run(self, script: str) -> None:
        self.get_wrapped_container().exec_run(["sh", "-c", script], user="postgres")


def ports() -> tuple[int, int]:
    """Two ports for proxies."""
    return free_port(), free_port()
