"""Rebuilding the topics of an empty broker from the log; safe at any time, since every inbox drops what it has seen."""

from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

from aiokafka import AIOKafkaProducer

from shared.events.base import Event
from shared.events.envelope import WireRecord
from shared.kit import outbox
from shared.kit.database import Connection, Database
from shared.kit.packing import Packing
from shared.kit.provenance import Provenance
from shared.kit.shards import take_all
from shared.kit.stored import LOG_COLUMNS, event_records

CurrentStates = Callable[[Connection], AsyncIterator[tuple[UUID, Event]]]

_PAGE = f"""
SELECT e.position, {LOG_COLUMNS} FROM event_log AS e
WHERE e.position > $1 AND e.position <= $2 ORDER BY e.position LIMIT 500
"""  # noqa: S608


async def republish(
    database: Database,
    make_producer: Callable[[], AIOKafkaProducer],
    *,
    states: CurrentStates | None = None,
    progress: Callable[[int], None] = lambda sent: None,
) -> int:
    """Send the whole log of a service again, in order and byte for byte, then its states; returns the events sent.

    Waits for the relays of the service to let go, so that nothing newer overtakes the history: run it with the worker
    stopped. What is still in the outbox is sent here, and once more by the relay: same identifiers, inboxes drop them.
    """
    connection = await database.connect()
    producer = make_producer()
    try:
        await take_all(connection, database.schema)
        await producer.start()
        sent = await _send_log(connection, producer, database.schema, progress)
        if states is not None:
            await _queue_states(connection, database.schema, states)
        return sent
    finally:
        await producer.stop()
        await connection.close()


async def _send_log(
    connection: Connection, producer: AIOKafkaProducer, service: str, progress: Callable[[int], None]
) -> int:
    # Reading up to the present end is no cursor: what commits later below it is still in the outbox.
    end = await connection.fetchval("SELECT coalesce(max(position), 0) FROM event_log")
    position, sent = 0, 0
    while rows := await connection.fetch(_PAGE, position, end):
        await _send_page(Packing(producer), [record for row in rows for record in event_records(service, row)])
        position = rows[-1]["position"]
        sent += len(rows)
        progress(sent)
    return sent


async def _send_page(packing: Packing, records: Sequence[tuple[str, WireRecord]]) -> None:
    for topic in {topic for topic, _ in records}:
        await packing.ask(topic)
    for topic, record in records:
        packing.put(topic, record)
    await packing.ship()
    await packing.arrived()
    for parcel in packing.parcels:
        if parcel.failure is not None:
            raise parcel.failure


async def _queue_states(connection: Connection, service: str, states: CurrentStates) -> None:
    """Through the outbox, closed meanwhile: a state that changes comes after, an erased contact does not come back."""
    provenance = Provenance.of_system(f"{service}:republish")
    async with connection.transaction():
        await connection.execute("LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE")
        async for key, message in states(connection):
            await outbox.append_state(connection, key, message, provenance)
