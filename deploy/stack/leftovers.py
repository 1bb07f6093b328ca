"""Processes that an unclean stop left behind."""

import contextlib
import signal
from pathlib import Path

import psutil

PATIENCE = 10.0
"""Seconds given to a process for each of the three ways of stopping it."""


def postgres_on(data: Path) -> list[psutil.Process]:
    """The PostgreSQL processes, postmaster first, that work in this data folder."""
    found = [process for process in psutil.process_iter(["name"]) if _works_in(process, data)]
    ids = {process.pid for process in found}
    return sorted(found, key=lambda process: process.ppid() in ids)


def stop_postgres_on(data: Path) -> int:
    """Stop whatever still works in this data folder: politely, then at once, then by force; how many there were."""
    found = postgres_on(data)
    count = len(found)
    for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for process in found if request is signal.SIGKILL else found[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(request)
        _, found = psutil.wait_procs(found, timeout=PATIENCE)
    return count


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        return bool(process.name() == "postgres" and Path(process.cwd()) == data)
    except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
        return False
