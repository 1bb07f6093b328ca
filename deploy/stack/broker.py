"""A Kafka-protocol broker in its own process: librdkafka's mock cluster, kept in memory, forgotten when it ends."""

import argparse
import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient

from deploy.stack import tether
from deploy.stack.trouble import Trouble

READY_WITHIN = 20.0
STOPPED_WITHIN = 5.0


class BrokerFailed(Trouble):
    """The broker did not start or does not answer; the text says why, in French."""


@dataclass
class RunningBroker:
    """A broker of ours: `address` is host:port, new at each start; one member per group, 4 partitions per topic."""

    address: str
    process: subprocess.Popen[str]

    def is_running(self) -> bool:
        """Whether the broker process is alive."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End the broker; everything it held is gone. Harmless when already stopped."""
        for request in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(request)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOPPED_WITHIN)
                break
        if self.process.stdout:
            self.process.stdout.close()


def start(*, log: Path | None = None, tethered: bool = False) -> RunningBroker:
    """Start a broker in a process of its own and wait until it answers; raises BrokerFailed.

    What it complains of goes to `log` (default: nowhere); `tethered` ends it with the thread that calls this.
    """
    command = [*(tether.prefix() if tethered else ()), sys.executable, "-m", "deploy.stack.broker"]
    with log.open("a") if log else contextlib.nullcontext(subprocess.DEVNULL) as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )
    running = RunningBroker(process.stdout.readline().strip() if process.stdout else "", process)
    if not running.address or not answers(running.address):
        running.stop()
        raise BrokerFailed("Le courtier Kafka embarqué n’a pas démarré.")
    return running


def answers(address: str, within: float = READY_WITHIN) -> bool:
    """Whether a broker answers at `address` (host:port) within so many seconds."""
    with contextlib.suppress(KafkaException):
        AdminClient({"bootstrap.servers": address, "log_level": 0}).list_topics(timeout=within)
        return True
    return False


def make_topics(address: str, names: Iterable[str]) -> None:
    """Make these topics appear (4 partitions each): the mock cluster creates what it is asked about."""
    client = AdminClient({"bootstrap.servers": address, "log_level": 0})
    for name in names:
        client.list_topics(name, timeout=READY_WITHIN)


def main(arguments: list[str] | None = None) -> None:
    """Hold the broker until SIGTERM or SIGINT; its address is the only line printed."""
    argparse.ArgumentParser(prog="deploy.stack.broker", description=__doc__).parse_args(arguments)
    ended = threading.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        signal.signal(request, lambda *_: ended.set())
    holder = Producer({"bootstrap.servers": "embedded", "test.mock.num.brokers": 1, "log_level": 0})
    [member] = holder.list_topics(timeout=READY_WITHIN).brokers.values()
    print(f"{member.host}:{member.port}", flush=True)
    ended.wait()
    holder.flush(0)


if __name__ == "__main__":
    main()
