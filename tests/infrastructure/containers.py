"""Apache Kafka and PostgreSQL in containers, on loopback only, which can be killed and brought back."""

import os
import random
import secrets
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self, cast

# Read when testcontainers is imported. Its reaper's image may not be there: our labels do that work.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
os.environ.setdefault("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1")

from testcontainers.core.container import DockerContainer

from tests.infrastructure import broker, engine

LOOPBACK = "127.0.0.1"
READY_WITHIN = 60.0

KAFKA = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "SERVICES",
    "KAFKA_LISTENERS": "SERVICES://:9092,CONTROLLER://localhost:9093,PARTNERS://:9094",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "SERVICES:PLAINTEXT,CONTROLLER:PLAINTEXT,PARTNERS:SASL_PLAINTEXT",
    "KAFKA_SASL_ENABLED_MECHANISMS": "SCRAM-SHA-512",
    "KAFKA_LISTENER_NAME_PARTNERS_SCRAM___SHA___512_SASL_JAAS_CONFIG": (
        "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    ),
    "KAFKA_AUTHORIZER_CLASS_NAME": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "KAFKA_SUPER_USERS": "User:ANONYMOUS",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    # After a kill, the broker waits for its own old session to end.
    "KAFKA_BROKER_SESSION_TIMEOUT_MS": "2000",
    "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
    "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
    "KAFKA_LOG4J_ROOT_LOGLEVEL": "WARN",
    "KAFKA_HEAP_OPTS": "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
}


class OwnContainer(DockerContainer, ABC):
    """A container of this test run, bound to loopback, which keeps its ports and its data through a kill."""

    def __init__(self, image: str) -> None:
        super().__init__(image)
        self.with_kwargs(labels={engine.OWNER: engine.owner()})

    def publish(self, inside: int) -> int:
        """Publish a port of the container on a free port of 127.0.0.1; returns that port."""
        port = free_port()
        cast(dict[str, Any], self.ports)[f"{inside}/tcp"] = (LOOPBACK, port)
        return port

    @abstractmethod
    def ready(self) -> bool:
        """Whether what runs inside answers."""

    def wait_until_ready(self, within: float = READY_WITHIN) -> Self:
        """Block until it answers; TimeoutError with the end of its log after `within` seconds."""
        if not _eventually(self.ready, within):
            log = self.get_wrapped_container().logs(tail=40).decode(errors="replace")
            raise TimeoutError(f"{self.image} did not answer within {within:.0f} s:\n{log}")
        return self

    def kill(self) -> None:
        """SIGKILL: the power cut."""
        self.get_wrapped_container().kill("SIGKILL")

    def revive(self, within: float = READY_WITHIN) -> None:
        """Start it again with the same ports and the same data, and wait until it answers."""
        self.get_wrapped_container().start()
        self.wait_until_ready(within)

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        self.get_wrapped_container().pause()

    def unpause(self) -> None:
        """Let it go on where it was frozen."""
        self.get_wrapped_container().unpause()


class KafkaContainer(OwnContainer):
    """One node of Apache Kafka: a plaintext listener for services, a SCRAM one with ACLs for partners."""

    def __init__(self, image: str) -> None:
        super().__init__(image)
        self.address = f"{LOOPBACK}:{self.publish(9092)}"
        self.partners = f"{LOOPBACK}:{self.publish(9094)}"
        advertised = f"SERVICES://{self.address},PARTNERS://{self.partners}"
        self.with_envs(**KAFKA, KAFKA_ADVERTISED_LISTENERS=advertised)

    def ready(self) -> bool:
        return broker.answers(self.address, within=1.0)


class PostgresContainer(OwnContainer):
    """One PostgreSQL; `dsn` opens the database `qmi` as its superuser. Not durable against a power cut of the host."""

    def __init__(self, image: str) -> None:
        super().__init__(image)
        password = secrets.token_urlsafe(16)
        self.dsn = f"postgresql://postgres:{password}@{LOOPBACK}:{self.publish(5432)}/qmi"
        self.with_envs(POSTGRES_USER="postgres", POSTGRES_PASSWORD=password, POSTGRES_DB="qmi")
        self.with_command(["postgres", "-c", "fsync=off", "-c", "max_connections=400", "-c", "shared_buffers=192MB"])

    def ready(self) -> bool:
        # Inside and over TCP: the port of the host opens before, and the socket answers during the first preparation.
        running = self.get_wrapped_container()
        return bool(running.exec_run(["pg_isready", "-q", "-h", LOOPBACK, "-d", "qmi"]).exit_code == 0)


def free_port() -> int:
    """A free port below those the system lends to clients, so that it is still free after a kill."""
    for _ in range(100):
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError("no free port between 20000 and 32000")


def _eventually(condition: Callable[[], bool], within: float) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False
