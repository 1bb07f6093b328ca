"""A broker in memory, and producers whose sends fail, are lost on the way back, hang or are refused, as told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

Said = tuple[bytes, int]


class Mishap(Enum):
    """What happens to one send."""

    LOST = auto()  # it does not arrive
    ANSWER_LOST = auto()  # it arrives, and nobody is told
    CUT = auto()  # it arrives, is acknowledged, and the sender loses its database


@dataclass
class Log:
    """What the one topic holds: keys and versions in the order they came; keys whose next record is too large."""

    said: list[Said] = field(default_factory=list)
    too_large: set[bytes] = field(default_factory=set)

    def first_said(self, key: bytes) -> list[int]:
        """The versions of a key in the order each came first."""
        return list(dict.fromkeys(version for said, version in self.said if said == key))


class Producer:
    """An idempotent producer for one session: when one record is lost, all after it are, as Kafka sees to."""

    def __init__(self, log: Log, cut: Callable[[], None]) -> None:
        self._log = log
        self._cut = cut
        self._broken = False
        self.held: list[tuple[Said, asyncio.Future[None]]] = []
        self.mishap: tuple[Mishap | None, int] = (None, 0)
        self.hold = False

    async def send(
        self, topic: str, *, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> "asyncio.Future[None]":
        """Put a record in flight."""
        if key in self._log.too_large:
            raise MessageSizeTooLargeError(topic)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        said = key, int(dict(headers)["ce_sequence"])
        if self.hold:
            self.held.append((said, future))
        else:
            self._arrive(said, future)
        return future

    def let_go(self) -> None:
        """What hung arrives now, late as it is."""
        self.hold = False
        held, self.held = self.held, []
        for said, future in held:
            self._arrive(said, future)

    def _arrive(self, said: Said, future: "asyncio.Future[None]") -> None:
        mishap = self._next_mishap()
        self._broken = self._broken or mishap is Mishap.LOST
        if self._broken:
            future.set_exception(KafkaConnectionError("lost"))
            return
        self._log.said.append(said)
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
