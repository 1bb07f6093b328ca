"""Ports of this machine: the one used last time if it is free, else the preferred one, else any."""

import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def any_free(host: str = LOOPBACK) -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def choose(*preferred: int | None) -> int:
    """The first free port among `preferred`, else any free one."""
    return next((port for port in preferred if port and is_free(port)), None) or any_free()


def remembered(file: Path) -> int | None:
    """The port written in `file` by `remember`, if any."""
    text = file.read_text().strip() if file.exists() else ""
    return int(text) if text.isdigit() else None


def remember(file: Path, port: int) -> int:
    """Write `port` in `file`, for the next start."""
    file.write_text(f"{port}\n")
    return port
