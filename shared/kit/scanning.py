"""Looking for malicious content in a document: ClamAV in production, a signature for development."""

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

_LARGEST_CHUNK = 64 * 1024


class ScannerUnavailable(Exception):
    """Nothing is known of the document: it stays unavailable, and is scanned again later (bad-input 50)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner found; `threat` names it, None when the document is clean."""

    threat: str | None = None

    @property
    def clean(self) -> bool:
        """Whether the document may be given out."""
        return self.threat is None


class Scanner(Protocol):
    """Reads a document to its end and says whether it is clean."""

    async def scan(self, content: AsyncIterator[bytes]) -> Verdict:
        """The verdict; ScannerUnavailable when there is none."""
        ...


class SignatureScanner:
    """FOR DEVELOPMENT: knows one threat, the harmless EICAR test string; production refuses to start with it."""

    # Assembled, so that scanners of workstations leave this very file alone.
    _EICAR = b"".join([rb"X5O!P%@AP[4\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE!$H+H*"])

    async def scan(self, content: AsyncIterator[bytes]) -> Verdict:
        """Infected when the EICAR test string is anywhere in the document."""
        tail, threat = b"", None
        async for chunk in content:
            window = tail + chunk
            if self._EICAR in window:
                threat = "Eicar-Test-Signature"
            tail = window[-len(self._EICAR) :]
        return Verdict(threat)


class ClamdScanner:
    """ClamAV's daemon over TCP, by its INSTREAM command."""

    def __init__(self, host: str, port: int, *, patience: float = 30.0) -> None:
        self._host = host
        self._port = port
        self._patience = patience

    async def scan(self, content: AsyncIterator[bytes]) -> Verdict:
        """The daemon's verdict; ScannerUnavailable when it is down, slow, over its size limit or unclear."""
        try:
            async with asyncio.timeout(self._patience):
                reply = await self._exchange(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScannerUnavailable(repr(error)) from error
        return _verdict(reply)

    async def _exchange(self, content: AsyncIterator[bytes]) -> str:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\0")
            async for chunk in content:
                for start in range(0, len(chunk), _LARGEST_CHUNK):
                    part = chunk[start : start + _LARGEST_CHUNK]
                    writer.write(struct.pack("!I", len(part)) + part)
                await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
            reply = await reader.readuntil(b"\0")
        finally:
            writer.close()
        return reply.rstrip(b"\0").decode("utf-8", "replace")


def _verdict(reply: str) -> Verdict:
    result = reply.partition(": ")[2]
    if result == "OK":
        return Verdict()
    if result.endswith(" FOUND"):
        return Verdict(result.removesuffix(" FOUND"))
    raise ScannerUnavailable(reply[:200])


def scanner_at(setting: str) -> Scanner:
    """The scanner QMI_SCANNER names: `signature`, or `clamd://host:port`."""
    if setting == "signature":
        return SignatureScanner()
    parts = urlsplit(setting)
    if parts.scheme != "clamd" or not parts.hostname or not parts.port:
        raise ValueError(f"not a scanner: {setting}")
    return ClamdScanner(parts.hostname, parts.port)
