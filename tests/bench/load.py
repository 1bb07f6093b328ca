"""A caller that costs little: raw HTTP/1.1 on kept connections, one request at a time on each."""

import asyncio
import time
from collections.abc import Callable

CONNECTIONS = 16
SECONDS = 2.5
WARMING = 0.5


class Refused(Exception):
    """The server did not do what it is measured at."""


async def post_for_a_while(port: int, make_request: Callable[[], bytes]) -> float:
    """POST on every connection for some seconds; how many were answered 201 a second, after a short warming."""
    start = time.perf_counter() + WARMING
    counts = await asyncio.gather(
        *(_keep_posting(port, make_request, start, start + SECONDS) for _ in range(CONNECTIONS))
    )
    return sum(counts) / SECONDS


def a_post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of a request."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench.example.org", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def _keep_posting(port: int, make_request: Callable[[], bytes], start: float, end: float) -> int:
    """How many were answered between two instants."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < end:
        writer.write(make_request())
        await _answered_201(reader)
        count += start <= time.perf_counter() <= end
    writer.close()
    await writer.wait_closed()
    return count


async def _answered_201(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 201"):
        raise Refused(body.decode(errors="replace")[:300])
