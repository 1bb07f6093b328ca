"""The FastStream side of consuming: batches in, offsets committed after the database, rebalances waited for."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaMessage as RawMessage

from shared.kit.consume import Subscribers
from shared.kit.inbox import Inbox
from shared.kit.ports import UnitOfWork
from shared.kit.record import read_all
from shared.kit.telemetry import CONSUMER_LAG

log = structlog.get_logger(__name__)

W = TypeVar("W", bound=UnitOfWork)


class Consumer(ConsumerRebalanceListener, Generic[W]):  # type: ignore[misc]
    """The one consumer of a group in this process."""

    def __init__(self, broker: KafkaBroker, subscribers: Subscribers[W], inbox: Inbox[W], *, batch: int = 500) -> None:
        self._group = subscribers.group
        self._inbox = inbox
        self._busy = asyncio.Lock()
        self._abandon = asyncio.Event()
        self._taken: dict[TopicPartition, int] = {}
        self._assigned = False
        self.progressed_at = time.monotonic()
        self._subscriber = broker.subscriber(
            *subscribers.topics,
            group_id=subscribers.group,
            batch=True,
            max_records=batch,
            batch_timeout_ms=10,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            parser=_keep_raw,
            decoder=_decode_nothing,
            listener=self,
            session_timeout_ms=10_000,
            rebalance_timeout_ms=60_000,
            max_poll_interval_ms=600_000,
        )
        self._subscriber(self._receive)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Let the batch under way commit, or give it up if it waits for infrastructure."""
        self._abandon.set()
        self._assigned = False
        async with self._busy:
            self._taken.clear()
            for partition in revoked:
                _forget_lag(self._group, partition)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Start again from the committed offsets."""
        self._abandon.clear()
        self._assigned = True
        self.progressed_at = time.monotonic()

    def stop_taking(self) -> None:
        """Take nothing more; what is under way finishes unless it waits for infrastructure."""
        self._abandon.set()

    async def drained(self) -> None:
        """Return once nothing is under way."""
        async with self._busy:
            return

    def lag(self) -> int:
        """Records of the assigned partitions not yet taken, as far as the last fetch knows."""
        consumer = self._subscriber.consumer
        total = 0
        if consumer is None:
            return 0
        for partition in consumer.assignment():
            highwater, taken = consumer.highwater(partition), self._taken.get(partition)
            if highwater is not None and taken is not None:
                behind = max(0, highwater - taken)
                CONSUMER_LAG.labels(self._group, partition.topic, str(partition.partition)).set(behind)
                total += behind
        return total

    @property
    def assigned(self) -> bool:
        """Whether the group has given this consumer a part, be it empty."""
        return self._assigned

    async def _receive(self, message: KafkaMessage) -> None:
        async with self._busy:
            if self._abandon.is_set():
                return
            raw: Sequence[Any] = message.raw_message
            if await self._inbox.take(read_all(raw), abandon=self._abandon):
                await self._commit(raw)
                self.progressed_at = time.monotonic()

    async def _commit(self, raw: Sequence[Any]) -> None:
        """Commit the watermark of this batch; when that fails it is delivered again, and the inbox drops it."""
        offsets: dict[TopicPartition, int] = {}
        for record in raw:
            partition = TopicPartition(record.topic, record.partition)
            offsets[partition] = max(offsets.get(partition, 0), record.offset + 1)
        self._taken.update(offsets)
        consumer = self._subscriber.consumer
        try:
            if consumer is not None:
                await consumer.commit(offsets)
        except KafkaError as error:
            log.warning("offsets_not_committed", group=self._group, error=repr(error))


async def _keep_raw(raw: Any) -> RawMessage:
    """FastStream's own parser loses a message with a null header: keep the records as they are."""
    return RawMessage(
        body=b"", headers={}, raw_message=raw, content_type=None, reply_to="", message_id="batch", consumer=_NO_CONSUMER
    )


async def _decode_nothing(message: RawMessage) -> bytes:
    return b""


class _NoConsumer:
    """Offsets are committed by hand."""

    async def commit(self) -> None:
        """Never called under AckPolicy.MANUAL."""
        raise RuntimeError("offsets are committed by the consumer itself")

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Never called under AckPolicy.MANUAL."""
        raise RuntimeError("offsets are committed by the consumer itself")


_NO_CONSUMER = _NoConsumer()


def _forget_lag(group: str, partition: TopicPartition) -> None:
    with suppress(KeyError):
        CONSUMER_LAG.remove(group, partition.topic, str(partition.partition))
