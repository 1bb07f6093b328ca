"""A TCP proxy that cuts where it is told: before a request goes, or once it has gone and before its answer comes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
_PRODUCE, _OFFSET_COMMIT = 0, 8


@dataclass(eq=False)
class Trap:
    """Cuts the connection of the next request that fits: before it goes on, or when its answer comes back."""

    fits: Callable[[bytes], bool]
    after: bool
    sprung: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class Line:
    """A connection through the proxy, both halves of it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    trap: Trap | None = None
    request: bytes = b""

    def cut(self) -> None:
        """Reset both halves."""
        for half in (self.client, self.server):
            half.transport.abort()


class Proxy:
    """Between one port of this machine and another; nothing is delayed, and nothing changes what passes."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._lines: set[Line] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._traps: list[Trap] = []
        self._server: asyncio.Server | None = None
        self.refusing = False

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def stop(self) -> None:
        """Cut everything and listen no more."""
        self.cut()
        if self._server is not None:
            self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def cut(self) -> int:
        """Cut every connection; how many there were."""
        lines = list(self._lines)
        for line in lines:
            line.cut()
        return len(lines)

    async def spring(self, trap: Trap, within: float) -> bool:
        """Set a trap and wait until it has cut a connection; False when nothing came by in so many seconds."""
        self._traps.append(trap)
        try:
            await asyncio.wait_for(trap.sprung.wait(), within)
        except TimeoutError:
            self._traps.remove(trap)
            return False
        return True

    def forget_traps(self) -> None:
        """Cut nothing more."""
        self._traps.clear()

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        if me is not None:
            self._pumps.add(me)
            me.add_done_callback(self._pumps.discard)
        if self.refusing:
            client.transport.abort()
            return
        try:
            answers, server = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            client.transport.abort()
            return
        line = Line(client, server)
        self._lines.add(line)
        try:
            await asyncio.gather(self._up(line, reader), self._down(line, answers))
        finally:
            self._lines.discard(line)
            line.cut()

    async def _up(self, line: Line, reader: asyncio.StreamReader) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while data := await self.read(reader):
                trap = next((trap for trap in self._traps if trap.fits(data)), None)
                if trap is not None:
                    self._traps.remove(trap)
                    line.trap, line.request = trap, data
                    if not trap.after:
                        trap.sprung.set()
                        break
                line.server.write(data)
                await line.server.drain()
        line.cut()

    async def _down(self, line: Line, reader: asyncio.StreamReader) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while data := await self.read(reader):
                if line.trap is not None and self.answered(line.request, data):
                    line.trap.sprung.set()
                    break
                line.client.write(data)
                await line.client.drain()
        line.cut()

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """What has come; nothing at the end."""
        return await reader.read(65536)

    def answered(self, request: bytes, data: bytes) -> bool:
        """Whether `data` is the answer to `request`: here one is under way at a time."""
        return True


class KafkaProxy(Proxy):
    """Reads whole frames of the Kafka protocol, so that it cuts between two of them and knows whose answer comes."""

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        length = await reader.readexactly(4)
        return length + await reader.readexactly(int.from_bytes(length, "big"))

    def answered(self, request: bytes, data: bytes) -> bool:
        return data[4:8] == request[8:12]


def commits(request: bytes) -> bool:
    """A COMMIT on its way to PostgreSQL."""
    return b"COMMIT;\0" in request


def produces(request: bytes) -> bool:
    """Records on their way to Kafka."""
    return int.from_bytes(request[4:6], "big") == _PRODUCE


def commits_offsets(request: bytes) -> bool:
    """Offsets of a group on their way to Kafka."""
    return int.from_bytes(request[4:6], "big") == _OFFSET_COMMIT
