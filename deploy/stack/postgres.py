"""PostgreSQL 18 on 127.0.0.1, from a wheel: started, stopped, and survived."""

import contextlib
import fcntl
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from deploy.stack import leftovers, ports, tether
from deploy.stack.cluster import DATABASE, ENVIRONMENT, OWNER, Cluster, PostgresFailed, identity, prepare

READY_WITHIN = 60.0
STOPPED_WITHIN = 30.0

SETTINGS: Mapping[str, str] = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "192MB",
    "work_mem": "8MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


@dataclass
class RunningPostgres:
    """A server of ours: `dsn` opens the database `qmi` as its owner; the port is the same at the next start if free."""

    dsn: str
    port: int
    process: subprocess.Popen[bytes]
    _held: list[IO[str]] = field(default_factory=list, repr=False)

    def is_running(self) -> bool:
        """Whether the server process is alive."""
        return self.process.poll() is None

    def stop(self, patience: float = STOPPED_WITHIN) -> None:
        """Close sessions, write a checkpoint, end; harsher after `patience` seconds. Harmless when already stopped."""
        for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                self.process.send_signal(request)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
                break
        while self._held:
            self._held.pop().close()


def start(
    home: Path, *, settings: Mapping[str, str] | None = None, log: Path | None = None, tethered: bool = False
) -> RunningPostgres:
    """Start the server whose data, password and port are under `home` (made if missing); blocks until it answers.

    `settings` are added to SETTINGS (tests may pass `{"fsync": "off"}`), `log` defaults to `home`/postgres.log;
    `tethered` ends the server with the thread that calls this. Raises PostgresFailed, NoAccount or NoRuntime.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = _lock(home)
    try:
        cluster = prepare(home)
        _clear_the_place(cluster)
        return _launch(home, cluster, {**SETTINGS, **(settings or {})}, log or home / "postgres.log", lock, tethered)
    except BaseException:
        lock.close()
        raise


def _lock(home: Path) -> IO[str]:
    lock = (home / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise PostgresFailed(f"La base de {home} est déjà utilisée par une autre exécution.") from error
    return lock


def _clear_the_place(cluster: Cluster) -> None:
    """We hold the lock: a server on these data is an orphan, a pid file without one is stale (pids are reused)."""
    leftovers.stop_postgres_on(cluster.data)
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)


def _launch(
    home: Path, cluster: Cluster, settings: Mapping[str, str], log: Path, lock: IO[str], tethered: bool
) -> RunningPostgres:
    memory = home / "port"
    port = ports.remember(memory, ports.choose(ports.remembered(memory)))
    options = [word for name, value in {**settings, "port": str(port)}.items() for word in ("-c", f"{name}={value}")]
    command = [*(tether.prefix("INT") if tethered else ()), *cluster.command("postgres", "-D", str(cluster.data))]
    with log.open("ab") as output:
        before = output.tell()
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
            **identity(cluster),
        )
    dsn = f"postgresql://{OWNER}:{cluster.password}@{ports.LOOPBACK}:{port}/{DATABASE}"
    running = RunningPostgres(dsn, port, process, [lock])
    try:
        _wait(process, cluster, log, before)
    except BaseException:
        running.stop()
        raise
    return running


def _wait(process: subprocess.Popen[bytes], cluster: Cluster, log: Path, before: int) -> None:
    status = cluster.data / "postmaster.pid"
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_bytes()[before:].decode(errors="replace")[-2000:].strip()
            raise PostgresFailed(f"PostgreSQL s’est arrêté en démarrant :\n{said}")
        with contextlib.suppress(FileNotFoundError):
            if status.read_text().rstrip().endswith("ready"):
                return
        time.sleep(0.02)
    raise PostgresFailed(f"PostgreSQL ne répond pas après {READY_WITHIN:.0f} s ; voir {log}.")
