"""What the public topic remembers of a chain, compared with the database when a worker starts."""

import orjson
import structlog

from shared.events.topics import AUDIT
from shared.kit import audit_store
from shared.kit.audit_checkpoints import BadCheckpoint, Checkpoint, PublicKeys
from shared.kit.database import Database
from shared.kit.kafka import KafkaAccess
from shared.kit.reading import read_ranges, reader, whole_ranges
from shared.kit.telemetry import AUDIT_BROKEN

log = structlog.get_logger(__name__)

_RECENT = 5_000


async def recall(access: KafkaAccess, keys: PublicKeys, service: str, topic: str = AUDIT) -> Checkpoint | None:
    """The furthest checkpoint of this service among the recent ones that our keys signed, None when there is none."""
    furthest: Checkpoint | None = None
    async with reader(access) as consumer:
        ranges = await whole_ranges(consumer, [topic])
        recent = {partition: (max(start, end - _RECENT), end) for partition, (start, end) in ranges.items()}
        async for records in read_ranges(consumer, recent):
            for record in records:
                found = _checkpoint(keys, record.value)
                if found and found.service == service and (not furthest or found.sequence > furthest.sequence):
                    furthest = found
    return furthest


async def compare(database: Database, known: Checkpoint) -> bool:
    """Whether the chain still has what was signed; if not, the alarm is raised: the database is not the one of then."""
    async with database.connection() as connection:
        here = await audit_store.hash_at(connection, known.sequence)
    if here == known.chain_hash:
        return True
    AUDIT_BROKEN.set(1)
    log.critical("audit_chain_lost", service=known.service, sequence=known.sequence, signed_at=known.at.isoformat())
    return False


def _checkpoint(keys: PublicKeys, value: bytes | None) -> Checkpoint | None:
    try:
        return keys.read(str(orjson.loads(value or b"{}")["jws"]))
    except (BadCheckpoint, ValueError, KeyError, TypeError):
        return None
