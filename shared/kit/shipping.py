"""Pages of the outbox on their way to Kafka, and what Kafka will not take: that stops its key, and no other."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from shared.kit.packing import Packing, Parcel
from shared.kit.stored import records_of
from shared.kit.telemetry import RELAY_REFUSED

log = structlog.get_logger(__name__)

# What Kafka will not take, as it is or where it goes, however often it is asked.
_NO_TOPIC = (UnknownTopicOrPartitionError, TopicAuthorizationFailedError, InvalidTopicError)
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
REFUSALS = (*_TOO_LARGE, *_NO_TOPIC)
_PAUSE = 60.0


@dataclass
class Shipment:
    """Rows packed to be sent together, and the parcels each is in."""

    packing: Packing
    rows: list[asyncpg.Record] = field(default_factory=list)
    parcels: list[list[Parcel]] = field(default_factory=list)
    read_at: float = 0.0

    def failures(self) -> list[tuple[asyncpg.Record, Parcel]]:
        """The rows Kafka has not, or not wholly, each with the parcel that failed; once all have arrived."""
        if all(parcel.failure is None for parcel in self.packing.parcels):
            return []
        together = zip(self.rows, self.parcels, strict=True)
        return [(row, parcel) for row, parcels in together for parcel in parcels if parcel.failure is not None]

    def landed(self) -> list[asyncpg.Record]:
        """The rows Kafka has, with all before them of the same key; once all have arrived."""
        failed: dict[UUID, int] = {}
        for row, _ in self.failures():
            failed.setdefault(row["key"], row["id"])
        return [row for row in self.rows if row["id"] < failed.get(row["key"], math.inf)] if failed else self.rows


class Dock:
    """Where the relay of a service packs its rows; it knows which keys and topics are stopped, and until when.

    Of a batch that is too large for the broker every key is a suspect, and goes in batches of its own until it passes:
    so the one at fault is found, and takes no other with it.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._keys: dict[UUID, float] = {}
        self._topics: dict[str, float] = {}
        self._suspects: set[UUID] = set()

    def stopped(self) -> list[UUID]:
        """The keys of which nothing may be sent now."""
        now = time.monotonic()
        self._keys = {key: until for key, until in self._keys.items() if until > now}
        self._topics = {topic: until for topic, until in self._topics.items() if until > now}
        return list(self._keys)

    async def pack(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> Shipment:
        """Pack these rows, but for what cannot be sent at all, whose key is stopped; raises KafkaError."""
        shipment = Shipment(Packing(producer))
        for row in rows:
            if row["key"] not in self._keys:
                await self._pack(shipment, row)
        return shipment

    def judge(self, shipment: Shipment) -> BaseException | None:
        """Stop the keys of what Kafka refused; why the session must end, if anything failed.

        It must even after a refusal: an idempotent producer has counted what was not taken.
        """
        failures = shipment.failures()
        if self._suspects:
            self._suspects -= {row["key"] for row in shipment.landed()}
        for row, parcel in failures:
            if isinstance(parcel.failure, _TOO_LARGE):
                self._suspects.add(row["key"])
            if isinstance(parcel.failure, REFUSALS) and (parcel.count == 1 or isinstance(parcel.failure, _NO_TOPIC)):
                self._refuse(row, parcel.failure, parcel.topic)
        refused = (parcel.failure for _, parcel in failures if isinstance(parcel.failure, REFUSALS))
        return next(refused, failures[0][1].failure if failures else None)

    async def _pack(self, shipment: Shipment, row: asyncpg.Record) -> None:
        topic = ""
        try:
            records = records_of(self._service, row)
            for topic, _ in records:
                if topic in self._topics:
                    raise UnknownTopicOrPartitionError(topic)
                if topic not in shipment.packing.partitions:
                    await shipment.packing.ask(topic)
            alone = row["key"] in self._suspects
            shipment.parcels.append([shipment.packing.put(topic, record, alone=alone) for topic, record in records])
            shipment.rows.append(row)
        except Exception as error:
            if isinstance(error, (KafkaError, OSError)) and not isinstance(error, REFUSALS):
                raise
            self._refuse(row, error, topic)

    def _refuse(self, row: asyncpg.Record, error: BaseException, topic: str) -> None:
        """Nothing later of this key may overtake it; if its topic is at fault, the next row need not ask."""
        until = time.monotonic() + _PAUSE
        if isinstance(error, _NO_TOPIC):
            self._topics.setdefault(topic, until)
        if row["key"] not in self._keys:
            self._keys[row["key"]] = until
            RELAY_REFUSED.inc()
            log.error(
                "relay_refused", service=self._service, key=str(row["key"]), outbox_id=row["id"], error=repr(error)
            )
