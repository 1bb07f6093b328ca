"""The FastStream side of consuming: batches in, offsets committed after the database, rebalances waited for."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaMessage as RawMessage

from shared.kit.consume import Subscribers
from shared.kit.inbox import Inbox
from shared.kit.kafka import DRAIN_SECONDS
from shared.kit.ports import UnitOfWork
from shared.kit.record import read_all
from shared.kit.telemetry import CONSUMER_LAG

log = structlog.get_logger(__name__)

W = TypeVar("W", bound=UnitOfWork)

_PATIENCE = 5.0
_POLL_MS = 1_000


class Consumer(ConsumerRebalanceListener, Generic[W]):  # type: ignore[misc]
    """The one consumer of a group in this process."""

    def __init__(self, broker: KafkaBroker, subscribers: Subscribers[W], inbox: Inbox[W], *, batch: int = 500) -> None:
        self._group = subscribers.group
        self._inbox = inbox
        self._busy = asyncio.Lock()
        self._abandon = asyncio.Event()
        self._stopping = False
        self._taken: dict[TopicPartition, int] = {}
        self._committing: asyncio.Task[None] | None = None
        self._behind = 0
        self._moved_at = time.monotonic()
        self.assigned = False
        self._subscriber = broker.subscriber(
            *subscribers.topics,
            group_id=subscribers.group,
            batch=True,
            max_records=batch,
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
        # FastStream sleeps as long as it polls: short, it keeps a processor busy; long, it keeps records waiting.
        self._subscriber.get_msg = partial(_next_batch, at_most=batch)  # type: ignore[method-assign]

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Let the batch under way commit, or give it up if it waits for infrastructure."""
        self._abandon.set()
        self.assigned, self._behind, self._moved_at = False, 1, time.monotonic()
        async with self._busy:
            await self._committed()
            self._taken.clear()
            for partition in revoked:
                _forget_lag(self._group, partition)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Start again from the committed offsets, even if the part the group has given is empty."""
        self._taken.clear()
        self.assigned, self._behind = True, 0
        if not self._stopping:
            self._abandon.clear()

    async def stop_taking(self, *, within: float = DRAIN_SECONDS) -> None:
        """Take nothing more; what is under way has so many seconds to finish, unless it waits for infrastructure."""
        self._stopping = True
        self._abandon.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._busy:
                await self._committed()

    def stuck_for(self) -> float:
        """Seconds without any progress while there was something to do; as of the last measure."""
        return time.monotonic() - self._moved_at if self._behind else 0.0

    async def measure(self) -> int:
        """How many records of the assigned partitions are not taken, by the broker's word: the fetcher may hang.

        A broker that does not answer is nobody's fault: then nothing is known to wait.
        """
        consumer = self._subscriber.consumer
        if consumer is None or not self.assigned:
            return self._behind
        try:
            async with asyncio.timeout(_PATIENCE):
                ends = await consumer.end_offsets(consumer.assignment())
                for partition in ends.keys() - self._taken.keys():
                    self._taken.setdefault(partition, await consumer.position(partition))
        except (KafkaError, TimeoutError) as error:
            log.debug("lag_unknown", group=self._group, error=repr(error))
            ends = {}
        behind = {partition: max(0, end - self._taken.get(partition, end)) for partition, end in ends.items()}
        for partition, records in behind.items():
            CONSUMER_LAG.labels(self._group, partition.topic, str(partition.partition)).set(records)
        self._behind = sum(behind.values())
        if not self._behind:
            self._moved_at = time.monotonic()
        return self._behind

    async def _receive(self, message: KafkaMessage) -> None:
        async with self._busy:
            if self._abandon.is_set():
                return
            raw: Sequence[Any] = message.raw_message
            for record in raw:
                self._taken.setdefault(TopicPartition(record.topic, record.partition), record.offset)
            self._moved_at = time.monotonic()
            if await self._inbox.take(read_all(raw), abandon=self._abandon):
                await self._committed()
                self._committing = asyncio.create_task(self._commit(raw))
                self._moved_at = time.monotonic()

    async def _committed(self) -> None:
        """Wait for the offsets of the batch before: they are committed while the next one is at work."""
        committing, self._committing = self._committing, None
        if committing is not None:
            await committing

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
        except Exception as error:
            log.warning("offsets_not_committed", group=self._group, error=repr(error))


async def _next_batch(consumer: AIOKafkaConsumer, *, at_most: int) -> tuple[Any, ...]:
    """Wait for records as long as there are none; ends with the consumer, which then raises."""
    while not (batches := await consumer.getmany(timeout_ms=_POLL_MS, max_records=at_most)):
        pass
    return tuple(chain.from_iterable(batches.values()))


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
