"""Records packed by partition: a batch costs its producer one acknowledgement, however many records it holds."""

import asyncio
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from shared.events.envelope import WireRecord
from shared.kit import tracing
from shared.kit.kafka import LARGEST

if TYPE_CHECKING:
    from shared.kit.spans import Sending


@dataclass(slots=True, eq=False)
class Parcel:
    """The records that go to one partition in one batch, and what became of them once they were shipped."""

    topic: str
    partition: int
    builder: BatchBuilder
    sendings: "list[tuple[int, Sending]]" = field(default_factory=list)
    sent: "asyncio.Future[RecordMetadata] | None" = None

    @property
    def place(self) -> tuple[str, int]:
        """Its topic and partition."""
        return self.topic, self.partition

    @property
    def count(self) -> int:
        """How many records it holds."""
        records: int = self.builder.record_count()
        return records

    @property
    def failure(self) -> BaseException | None:
        """Why Kafka does not have it; only after `Packing.arrived`."""
        return KafkaError("not shipped") if self.sent is None else self.sent.exception()

    async def arrived(self) -> bool:
        """Wait until Kafka has said whether it takes it; whether it does."""
        if self.sent is not None:
            await asyncio.wait([self.sent])
        return self.failure is None

    def take(self, record: WireRecord, sending: "Sending | None") -> bool:
        """Put a record in; False when there is no room left."""
        added = self.builder.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
        if added is not None and sending is not None:
            self.sendings.append((added.offset, sending))
        return added is not None


class Packing:
    """What is being sent together; records of one key stay in the order in which they are put."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._open: dict[tuple[str, int], Parcel] = {}
        self.parcels: list[Parcel] = []
        self.partitions: dict[str, list[int]] = {}

    async def ask(self, topic: str) -> None:
        """Learn the partitions of a topic, without which nothing for it can be put; raises KafkaError."""
        self.partitions[topic] = sorted(await self._producer.partitions_for(topic))

    def put(self, topic: str, record: WireRecord, *, alone: bool = False) -> Parcel:
        """Pack a record, if asked in a batch of its own; the parcel it is in. Raises MessageSizeTooLargeError."""
        if record.value is not None and len(record.value) > LARGEST:
            raise MessageSizeTooLargeError(f"{len(record.value)} bytes")
        partitions = self.partitions[topic]
        place = topic, partitions[_hash(record.key) % len(partitions)]
        record, sending = tracing.sending(topic, record)
        parcel = self._open.get(place)
        if parcel is None or alone or not parcel.take(record, sending):
            parcel = Parcel(*place, self._producer.create_batch())
            self.parcels.append(parcel)
            parcel.take(record, sending)
            if alone:
                self._open.pop(place, None)
            else:
                self._open[place] = parcel
        return parcel

    async def ship(self) -> None:
        """Put everything packed in flight; raises what the producer raises, what was shipped stays so.

        A partition has one batch in flight, and none after one that failed: a broker takes any first batch of a
        producer, also one that follows a batch it has refused.
        """
        last: dict[tuple[str, int], Parcel] = {}
        for parcel in self.parcels:
            before = last.setdefault(parcel.place, parcel)
            if before is not parcel and not await before.arrived():
                continue
            last[parcel.place] = parcel
            parcel.sent = await self._producer.send_batch(parcel.builder, parcel.topic, partition=parcel.partition)
            if parcel.sendings:
                parcel.sent.add_done_callback(partial(tracing.sent, parcel.sendings))

    async def arrived(self) -> None:
        """Wait until Kafka has said of each parcel in flight whether it took it."""
        if in_flight := [parcel.sent for parcel in self.parcels if parcel.sent is not None]:
            await asyncio.wait(in_flight)


@lru_cache(maxsize=65_536)
def _hash(key: bytes) -> int:
    """As every Kafka client does by default, the library's own sends among them: a key keeps its partition."""
    hashed: int = murmur2(key) & 0x7FFFFFFF
    return hashed
