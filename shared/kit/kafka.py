"""How this platform talks to Kafka: the settings that lose nothing, in one place."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

UNREACHABLE_BROKER: tuple[type[BaseException], ...] = (KafkaError, OSError, TimeoutError)
# How long what is under way may take to finish once a worker is told to go; orchestrators kill after thirty.
DRAIN_SECONDS = 10.0
# The size of what is sent in bytes, so that with its headers topics take it; a dead letter is a record and its reasons.
LARGEST = 1_000_000
LARGEST_DEAD_LETTER = 2 * LARGEST
_BATCH_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where the brokers are and who we are to them; PLAINTEXT is for loopback only, the settings see to it."""

    servers: str
    protocol: str = "PLAINTEXT"
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None

    def client_options(self) -> dict[str, Any]:
        """The security options of an aiokafka client."""
        options: dict[str, Any] = {"bootstrap_servers": self.servers.split(","), "security_protocol": self.protocol}
        if self.protocol.startswith("SASL"):
            options |= {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        if self.protocol.endswith("SSL"):
            options["ssl_context"] = self._tls()
        return options

    def security(self) -> BaseSecurity | None:
        """The same for FastStream."""
        tls = self._tls() if self.protocol.endswith("SSL") else None
        if self.protocol.startswith("SASL"):
            return SASLScram512(
                username=self.username or "", password=self.password or "", ssl_context=tls, use_ssl=bool(tls)
            )
        return BaseSecurity(ssl_context=tls, use_ssl=True) if tls else None

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)


def producer(access: KafkaAccess, client_id: str, *, largest: int = LARGEST) -> AIOKafkaProducer:
    """A producer that is acknowledged by all replicas and cannot duplicate or reorder within its session."""
    return AIOKafkaProducer(
        **access.client_options(),
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        max_batch_size=_BATCH_BYTES,
        request_timeout_ms=20_000,
        max_request_size=largest,
    )


async def let_go(client: AIOKafkaProducer) -> None:
    """Close a producer, within five seconds: it would wait for ever for a broker that is gone to take what is left."""
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(5.0):
            await client.stop()


def broker(access: KafkaAccess, client_id: str) -> KafkaBroker:
    """The FastStream broker of a worker: it consumes; the relay sends."""
    return KafkaBroker(
        access.servers.split(","),
        client_id=client_id,
        security=access.security(),
        allow_auto_create_topics=False,
        consumer_only=True,
        graceful_timeout=DRAIN_SECONDS,
        logger=None,
    )
