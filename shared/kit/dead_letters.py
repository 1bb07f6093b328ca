"""Where messages that can never work go: byte for byte, with the reason, acknowledged before anything is committed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from aiokafka import AIOKafkaProducer

from shared.events.topics import dead_letter_topic
from shared.kit.kafka import UNREACHABLE_BROKER, let_go
from shared.kit.record import Record, storable
from shared.kit.telemetry import DEAD_LETTERED

log = structlog.get_logger(__name__)


class DeadLettersUnavailable(Exception):
    """The dead-letter topic did not take the message: nothing may be committed past it (bad-input 59)."""


class DeadLetters:
    """Sends the dead letters of one consumer group, with a producer made when first needed and anew after a failure."""

    def __init__(self, make_producer: Callable[[], AIOKafkaProducer], group: str) -> None:
        self._make_producer = make_producer
        self._group = group
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(self, record: Record, *, reason: str, detail: str, attempts: int) -> None:
        """Send `record` with where it came from and why; raises DeadLettersUnavailable unless Kafka acknowledged it."""
        about = {
            "qmi_dlt_reason": reason,
            "qmi_dlt_detail": storable(detail),
            "qmi_dlt_topic": record.topic,
            "qmi_dlt_partition": str(record.partition),
            "qmi_dlt_offset": str(record.offset),
            "qmi_dlt_timestamp": record.timestamp.isoformat(),
            "qmi_dlt_group": self._group,
            "qmi_dlt_attempts": str(attempts),
            "qmi_dlt_at": datetime.now(UTC).isoformat(),
        }
        headers = [*record.headers, *((name, text.encode()) for name, text in about.items())]
        try:
            producer = await self._ready()
            await producer.send_and_wait(
                dead_letter_topic(record.topic, self._group), key=record.key, value=record.value, headers=headers
            )
        except UNREACHABLE_BROKER as error:
            await self.stop()
            raise DeadLettersUnavailable(repr(error)) from error
        DEAD_LETTERED.labels(self._group, record.topic, reason).inc()
        log.error(
            "dead_lettered", group=self._group, topic=record.topic, offset=record.offset, reason=reason, detail=detail
        )

    async def stop(self) -> None:
        """Let the producer go."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await let_go(producer)

    async def _ready(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = self._make_producer()
                try:
                    await producer.start()
                except BaseException:
                    await let_go(producer)
                    raise
                self._producer = producer
            return self._producer
