"""A relay and a writer, each in a process of its own: `python -m tests.bench.apart relay|write DSN …`."""

import asyncio
import sys
import time

import orjson
import uvloop

from shared.kit.database import Database
from shared.kit.garbage import settle
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.relay import Relay
from tests.builders.messages import a_start, a_work


async def relay(dsn: str, kafka: str) -> None:
    """Relay until the standard input ends; each line of it is answered with the seconds of processor used so far."""
    database = Database(dsn, "candidature")
    await database.start()
    settle()
    relaying = asyncio.create_task(Relay(database, lambda: producer(KafkaAccess(kafka), "bench"), "candidature").run())
    while await asyncio.to_thread(sys.stdin.readline):
        sys.stdout.write(f"{time.process_time()}\n")
        sys.stdout.flush()
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    await database.stop()


async def write(dsn: str, rate: str, seconds: str) -> None:
    """Commit so many events a second, evenly, each in a transaction; then tell when each was committed, by its key."""
    database = Database(dsn, "candidature")
    await database.start()
    settle()
    committed: dict[str, float] = {}
    begun, count = time.time(), int(float(rate) * float(seconds))

    async def commit_at(instant: float) -> None:
        subject = new_id()
        await asyncio.sleep(instant - time.time())
        async with a_work(database) as work:
            await work.publish(subject, a_start(subject))
        committed[str(subject)] = time.time()

    for first in range(0, count, 100):
        await asyncio.sleep(begun + first / float(rate) - time.time())
        last = min(first + 100, count)
        await asyncio.gather(*(commit_at(begun + number / float(rate)) for number in range(first, last)))
    sys.stdout.write(orjson.dumps(committed).decode())
    await database.stop()


if __name__ == "__main__":
    role, *arguments = sys.argv[1:]
    uvloop.run(relay(*arguments) if role == "relay" else write(*arguments))
