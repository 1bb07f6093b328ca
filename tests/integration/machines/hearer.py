"""A group whose handler does what the machine has decided of each message, and the topic where its dead lie."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

from shared.events.envelope import Envelope
from shared.kit.clock import Clock
from shared.kit.record import Record, read
from shared.kit.refusals import Conflict, NotFound
from shared.kit.unit_of_work import SqlUnitOfWork

_WAITING = "SELECT count(*) FROM parked WHERE message_id = ANY($1)"


class Fate(Enum):
    """What the handler does about a message: its work, or fail, for now, for ever or by a refusal."""

    FINE = auto()
    NOT_YET = auto()
    BUG = auto()
    REFUSED = auto()


@dataclass
class Hearer:
    """The handler; `cut` loses the connection, once, after its work and before the commit."""

    fates: dict[UUID, Fate] = field(default_factory=dict)
    cut: bool = False
    said: dict[UUID, list[str]] = field(default_factory=dict)
    overtook: list[UUID] = field(default_factory=list)

    async def handle(self, message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
        """Write the effect first: what fails must leave none."""
        await work.connection.execute(
            "INSERT INTO effects (subject, version) VALUES ($1, $2)", message.subject, message.sequence
        )
        of_its_key = self.said[message.subject]
        if await work.connection.fetchval(_WAITING, of_its_key[: of_its_key.index(str(message.id))]):
            self.overtook.append(message.id)
        if self.cut:
            self.cut = False
            work.connection.terminate()
        match self.fates[message.id]:
            case Fate.NOT_YET:
                raise NotFound("not yet")
            case Fate.BUG:
                raise ZeroDivisionError("a bug")
            case Fate.REFUSED:
                raise Conflict("no")


@dataclass
class Graveyard:
    """A producer to dead-letter topics in memory; it can be away."""

    records: list[Record] = field(default_factory=list)
    away: bool = False

    async def start(self) -> None:
        """Connect, or not."""
        if self.away:
            raise OSError("no broker")

    async def stop(self) -> None:
        """Nothing to let go of."""

    async def send_and_wait(self, topic: str, *, key: bytes, value: bytes | None, headers: Any) -> None:
        """Take a dead letter, or not."""
        await asyncio.sleep(0)
        if self.away:
            raise OSError("no broker")
        offset = len(self.records)
        found = read(
            topic=topic,
            partition=0,
            offset=offset,
            timestamp=datetime.now(UTC),
            key=key,
            value=value,
            headers=tuple(headers),
        )
        self.records.append(found)
