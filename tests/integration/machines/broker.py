"""A broker in memory, and producers whose sends fail, are lost on the way back, hang or are refused, as told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

Said = tuple[bytes, int]


class Mishap(Enum):
    """What happens to one batch."""

    LOST = auto()  # it does not arrive
    ANSWER_LOST = auto()  # it arrives, and nobody is told
    CUT = auto()  # it arrives, is acknowledged, and the sender loses its database


@dataclass
class Log:
    """What the one topic holds: keys and versions in the order they came; and what is too large for it."""

    said: list[Said] = field(default_factory=list)
    too_large: set[Said] = field(default_factory=set)

    def first_said(self, key: bytes) -> list[int]:
        """The versions of a key in the order each came first."""
        return list(dict.fromkeys(version for said, version in self.said if said == key))


@dataclass
class Batch:
    """Records of the one partition."""

    said: list[Said] = field(default_factory=list)

    def append(
        self, *, timestamp: int | None, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> object | None:
        """Two records fill it."""
        if len(self.said) == 2:
            return None
        self.said.append((key, int(dict(headers)["ce_sequence"])))
        return object()

    def record_count(self) -> int:
        """How many there are."""
        return len(self.said)


class Producer:
    """An idempotent producer for one session: when a batch is lost, all after it are, as Kafka sees to.

    So are those that follow a refusal on its partition, but only if the broker knew this producer there before: it
    takes any first batch.
    """

    def __init__(self, log: Log, cut: Callable[[], None]) -> None:
        self._log = log
        self._cut = cut
        self._broken = False
        self._known: set[int] = set()
        self._behind: set[int] = set()
        self.held: list[tuple[int, Batch, asyncio.Future[None]]] = []
        self.mishap: tuple[Mishap | None, int] = (None, 0)
        self.hold = False

    async def partitions_for(self, topic: str) -> set[int]:
        """There are two."""
        return {0, 1}

    def create_batch(self) -> Batch:
        """An empty one."""
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[None]":
        """Put a batch in flight."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.hold:
            self.held.append((partition, batch, future))
        else:
            self._arrive(partition, batch, future)
        return future

    def let_go(self) -> None:
        """What hung arrives now, late as it is."""
        self.hold = False
        held, self.held = self.held, []
        for partition, batch, future in held:
            self._arrive(partition, batch, future)

    def _arrive(self, partition: int, batch: Batch, future: "asyncio.Future[None]") -> None:
        mishap = self._next_mishap()
        self._broken = self._broken or mishap is Mishap.LOST
        if self._broken or partition in self._behind:
            future.set_exception(KafkaConnectionError("lost"))
            return
        if self._log.too_large & set(batch.said):
            future.set_exception(MessageSizeTooLargeError("refused"))
            self._behind |= {partition} & self._known
            return
        self._known.add(partition)
        self._log.said += batch.said
        if mishap is Mishap.ANSWER_LOST:
            future.set_exception(KafkaConnectionError("the answer is lost"))
            self._broken = True
            return
        if mishap is Mishap.CUT:
            self._cut()
        future.set_result(None)

    def _next_mishap(self) -> Mishap | None:
        mishap, left = self.mishap
        self.mishap = (mishap, left - 1) if left else (None, 0)
        return None if left else mishap
