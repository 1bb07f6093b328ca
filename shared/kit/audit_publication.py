"""Signed checkpoints go to a topic partners may read, at least once, so that whoever keeps them can hold us to them."""

import asyncio
from collections.abc import Callable

import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.events.base import CE_TYPE_PREFIX, source_of
from shared.events.envelope import Attributes, WireRecord, public_record
from shared.events.topics import AUDIT
from shared.kit.audit_checkpoints import read_unchecked
from shared.kit.database import DATABASE_TROUBLE, Connection, Database
from shared.kit.identity import derived_id

log = structlog.get_logger(__name__)

_PENDING = (
    "SELECT sequence, jws FROM audit_unpublished JOIN audit_checkpoints USING (sequence) ORDER BY sequence LIMIT $1"
)

_PAGE = 500


class Publication:
    """Sends the checkpoints of one service that Kafka has not acknowledged."""

    def __init__(
        self,
        database: Database,
        make_producer: Callable[[], AIOKafkaProducer],
        *,
        topic: str = AUDIT,
        poll: float = 5.0,
    ) -> None:
        self._database = database
        self._make_producer = make_producer
        self._topic = topic
        self._poll = poll

    async def run(self) -> None:
        """Publish until cancelled, surviving the loss of PostgreSQL and of Kafka."""
        while True:
            try:
                if await self.publish() == _PAGE:
                    continue
            except (*DATABASE_TROUBLE, KafkaError) as error:
                log.warning("checkpoints_wait", error=repr(error))
            await asyncio.sleep(self._poll)

    async def publish(self) -> int:
        """Send what waits, oldest first; returns how many."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(_PENDING, _PAGE)
        if not rows:
            return 0
        producer = self._make_producer()
        try:
            await producer.start()
            for row in rows:
                record = checkpoint_record(row["jws"])
                await producer.send_and_wait(
                    self._topic, key=record.key, value=record.value, headers=list(record.headers)
                )
        finally:
            await producer.stop()
        async with self._database.connection() as connection:
            await connection.execute(
                "DELETE FROM audit_unpublished WHERE sequence = ANY($1::bigint[])", [row["sequence"] for row in rows]
            )
        return len(rows)


async def publish_again(connection: Connection) -> None:
    """Let every checkpoint be published once more: the broker that had them is gone."""
    await connection.execute(
        "INSERT INTO audit_unpublished (sequence) SELECT sequence FROM audit_checkpoints ON CONFLICT DO NOTHING"
    )


def checkpoint_record(token: str) -> WireRecord:
    """The CloudEvent of a checkpoint: what was signed, readable, and the signature."""
    said = read_unchecked(token)
    attributes = Attributes(
        id=derived_id("audit-checkpoint", said.service, str(said.sequence), said.chain_hash.hex()),
        source=source_of(said.service),
        type=f"{CE_TYPE_PREFIX}audit-checkpoint.v1",
        subject=derived_id("audit-chain", said.service),
        time=said.at,
        sequence=said.sequence,
        correlation_id=said.event_id,
    )
    return public_record(attributes, orjson.dumps({**orjson.loads(said.payload()), "jws": token}).decode())
