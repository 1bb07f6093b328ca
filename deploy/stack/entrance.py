"""A Kafka address that stays the same while brokers come and go: a TCP forwarder for first contacts."""

import asyncio
import contextlib

from deploy.stack import ports


class Entrance:
    """Forwards each connection to the current broker; clients learn its own address there, as from any bootstrap."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.leads_to: str | None = None
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """host:port, for `bootstrap.servers`."""
        return f"{ports.LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Listen; connections are refused politely (closed) while `leads_to` is None."""
        self._server = await asyncio.start_server(self._forward, ports.LOOPBACK, self.port)

    async def close(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            if self.leads_to:
                host, _, port = self.leads_to.rpartition(":")
                there, back = await asyncio.open_connection(host, int(port))
                await asyncio.gather(_copy(reader, back), _copy(there, writer))
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while block := await reader.read(65_536):
            writer.write(block)
            await writer.drain()
    except OSError:
        return
    finally:
        writer.close()
