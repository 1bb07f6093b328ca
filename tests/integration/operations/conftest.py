"""A group that can be made to fail, its topics, and `qmi` as the platform team types it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from deploy.cli import app
from shared.kit.database import Database
from shared.kit.dead_letters import DeadLetters
from shared.kit.kafka import KafkaAccess
from tests.infrastructure.databases import OwnDatabase
from tests.integration.messaging.conftest import kafka, make_producer, receiver
from tests.integration.messaging.test_inbox import Receiver

__all__ = ["kafka", "make_producer", "receiver"]


@dataclass(frozen=True)
class Answer:
    """What a command answered: its exit code, what it printed as JSON, and why it refused."""

    code: int
    said: Any
    refusal: str


Qmi = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def receiving(receiver: Database, make_producer: Callable[[], AIOKafkaProducer]) -> AsyncIterator[Receiver]:
    """The group selection, with a real dead-letter topic."""
    dead_letters = DeadLetters(make_producer, "selection")
    yield Receiver(receiver, dead_letters)
    await dead_letters.stop()


@pytest.fixture
def qmi(database: OwnDatabase, kafka: KafkaAccess) -> Qmi:
    """Run a command on the broker of this run and the database of this test."""

    async def run(*words: str) -> Answer:
        where = ["--database-url", database.admin_dsn]
        if words[:2] not in {("parked", "list"), ("parked", "show"), ("parked", "retry")} and "--kafka" not in words:
            where += ["--kafka", kafka.servers]
        if words[1] != "show":
            where.append("--json")
        if words[1] != "list":
            where += ["--operator", "astreinte"]
        result = await asyncio.to_thread(CliRunner().invoke, app, [*words, *where])
        refusal = str(result.exception or "")
        return Answer(result.exit_code, json.loads(result.stdout) if result.stdout else None, refusal)

    return run


async def operations(database: OwnDatabase, schema: str = "selection") -> list[tuple[str, str, str]]:
    """Who did what to which group."""
    admin = await database.connect()
    rows = await admin.fetch(f"SELECT operator, command, consumer_group FROM {schema}.operations ORDER BY at")
    await admin.close()
    return [tuple(row) for row in rows]
