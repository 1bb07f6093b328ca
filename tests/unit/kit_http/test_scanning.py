"""Scanners: the daemon's protocol on a real socket, the signature of development, and no verdict when in doubt."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from shared.kit.scanning import ClamdScanner, ScannerUnavailable, SignatureScanner, Verdict, scanner_at

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
Answer = Callable[[bytes], Awaitable[bytes]]


async def chunks(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@asynccontextmanager
async def clamd(answer: Answer, patience: float = 0.5) -> AsyncIterator[ClamdScanner]:
    """A daemon that speaks INSTREAM and answers what the test wants about the bytes it received."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        writer.write(await answer(content))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield ClamdScanner("127.0.0.1", server.sockets[0].getsockname()[1], patience=patience)


async def verdict_of_daemon(content: bytes) -> bytes:
    return b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@pytest.mark.parametrize(("content", "verdict"), [(b"x" * 200_000, Verdict()), (EICAR, Verdict("Eicar-Signature"))])
async def test_the_daemon_reads_everything_and_decides(content: bytes, verdict: Verdict) -> None:
    async with clamd(verdict_of_daemon) as scanner:
        assert await scanner.scan(chunks(content, 100_000)) == verdict


@pytest.mark.parametrize("reply", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: what? ERROR\0", b"\0", b""])
async def test_50_no_clear_answer_is_no_verdict(reply: bytes) -> None:
    async def answer(content: bytes) -> bytes:
        return reply

    async with clamd(answer) as scanner:
        with pytest.raises(ScannerUnavailable):
            await scanner.scan(chunks(b"x", 1))


async def test_50_a_daemon_that_is_too_slow() -> None:
    async def answer(content: bytes) -> bytes:
        await asyncio.sleep(1)
        return b"stream: OK\0"

    async with clamd(answer, patience=0.05) as scanner:
        with pytest.raises(ScannerUnavailable):
            await scanner.scan(chunks(b"x", 1))


async def test_50_a_daemon_that_is_down() -> None:
    async with clamd(verdict_of_daemon) as scanner:
        pass
    with pytest.raises(ScannerUnavailable):
        await scanner.scan(chunks(b"x", 1))


@pytest.mark.parametrize("size", [1, 7, 68, 1_000])
async def test_49_the_signature_is_found_wherever_the_chunks_are_cut(size: int) -> None:
    assert not (await SignatureScanner().scan(chunks(b"y" * 90 + EICAR + b"z" * 90, size))).clean


async def test_a_clean_document_is_clean() -> None:
    assert (await SignatureScanner().scan(chunks(b"%PDF-1.7", 3))).clean


def test_the_setting_chooses_the_scanner() -> None:
    assert isinstance(scanner_at("signature"), SignatureScanner)
    assert isinstance(scanner_at("clamd://scanner.example.org:3310"), ClamdScanner)


@pytest.mark.parametrize("setting", ["", "none", "clamd://", "clamd://host", "http://host:1"])
def test_another_setting_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="not a scanner"):
        scanner_at(setting)
