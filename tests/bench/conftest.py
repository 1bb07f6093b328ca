"""The arena of a bench run, and its table at the end."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console
from rich.table import Table

from shared.events.topics import CANDIDATURE_EVENTS, public_topic
from shared.kit.database import Database
from shared.kit.garbage import settle
from shared.kit.kafka import KafkaAccess
from tests.bench.arena import Arena
from tests.infrastructure import broker
from tests.infrastructure.databases import Databases
from tests.infrastructure.running import Infrastructure

REPORT = Path(__file__).parents[2] / "var" / "bench.json"


@pytest.fixture(scope="session")
async def arena(infrastructure: Infrastructure, databases: Databases) -> AsyncIterator[Arena]:
    """Databases of this run's own, topics by their names."""
    for name in (CANDIDATURE_EVENTS, public_topic("candidature")):
        if infrastructure.real_kafka:
            broker.create_topic(infrastructure.kafka, name, 4)
        else:
            broker.touch_topic(infrastructure.kafka, name)
    own = await databases.create("candidature", "selection")
    admin = await own.connect()
    for service in ("candidature", "selection"):
        await admin.execute(
            f"CREATE TABLE {service}.effects (position bigint GENERATED ALWAYS AS IDENTITY, subject uuid,"
            " version integer, at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        await admin.execute(f"GRANT ALL ON {service}.effects TO qmi_{service}")
    await admin.close()
    sender = Database(own.dsn("candidature"), "candidature", max_size=20)
    receiver = Database(own.dsn("selection"), "selection", max_size=20)
    await sender.start()
    await receiver.start()
    made = Arena(sender, receiver, KafkaAccess(infrastructure.kafka), own.dsn("candidature"))
    made.figures["infrastructure"] = infrastructure.kind
    settle()  # as both processes of a service do; the floors have it too
    yield made
    await sender.stop()
    await receiver.stop()
    await databases.drop(own)
    _report(made)


@pytest.fixture
async def to_disk(infrastructure: Infrastructure) -> AsyncIterator[None]:
    """The servers that tests start for themselves skip fsync; here a commit costs what it costs."""
    if infrastructure.kind == "external":
        yield
        return
    connection = await asyncpg.connect(infrastructure.admin_dsn)
    for value in ("on", "off"):
        await connection.execute(f"ALTER SYSTEM SET fsync = {value}")
        await connection.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.5)
        if value == "on":
            yield
    await connection.close()


@pytest.fixture
def bench_topic(make_topic: Callable[..., str]) -> Callable[[], str]:
    """Makes topics with four partitions."""
    return lambda: make_topic("bench", partitions=4)


def _report(arena: Arena) -> None:
    table = Table("what", "ours /s", "floor /s", "ratio", "goal", "floor")
    for each in arena.ratios:
        row = (each.name, f"{each.ours:,.0f}", f"{each.floor:,.0f}", f"{each.ratio:.2f}", each.goal, each.floor_name)
        table.add_row(*row)
    figures = Table("figure", "value")
    for name, value in arena.figures.items():
        figures.add_row(name, value)
    console = Console(width=140)
    console.print()
    console.print(table)
    console.print(figures)
    REPORT.parent.mkdir(exist_ok=True)
    ratios = [{**vars(each), "ratio": round(each.ratio, 3)} for each in arena.ratios]
    REPORT.write_text(json.dumps({"ratios": ratios, "figures": arena.figures}, indent=2, ensure_ascii=False))
