"""One infrastructure for the whole run, started when the first test needs it; databases and topics for each test.

Unit tests need none of it, and pay for none of it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.infrastructure.plugin import (
    STACK,
    pytest_configure,
    pytest_configure_node,
    pytest_report_header,
    pytest_runtest_setup,
    pytest_terminal_summary,
    pytest_unconfigure,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.infrastructure.containers import KafkaContainer
    from tests.infrastructure.databases import Databases, OwnDatabase
    from tests.infrastructure.embedded import EmbeddedKafka
    from tests.infrastructure.running import Infrastructure

__all__ = [
    "pytest_configure",
    "pytest_configure_node",
    "pytest_report_header",
    "pytest_runtest_setup",
    "pytest_terminal_summary",
    "pytest_unconfigure",
]


@pytest.fixture(scope="session")
def infrastructure(request: pytest.FixtureRequest) -> Infrastructure:
    """The Kafka and the PostgreSQL of this run."""
    return request.config.stash[STACK].running


@pytest.fixture(scope="session")
async def databases(infrastructure: Infrastructure) -> AsyncIterator[Databases]:
    """Makes databases: `await databases.create("selection")`, for those who need several or other schemas."""
    from tests.infrastructure.databases import Databases

    maker = Databases(infrastructure.admin_dsn)
    yield maker
    await maker.close()


@pytest.fixture
async def database(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[OwnDatabase]:
    """A database of this test's own, migrated: the services its module names in SERVICES, by default all four."""
    own = await databases.create(*getattr(request.module, "SERVICES", ()))
    yield own
    await databases.drop(own)


@pytest.fixture
def make_topic(infrastructure: Infrastructure) -> Iterator[Callable[..., str]]:
    """Makes topics nobody else uses: `make_topic("label", partitions=3)` (always 4 on the embedded broker)."""
    from tests.infrastructure import broker

    made: list[str] = []

    def make(label: str = "events", *, partitions: int = 3, config: dict[str, str] | None = None) -> str:
        name = f"test.{label}.{secrets.token_hex(5)}"
        if infrastructure.real_kafka:
            broker.create_topic(infrastructure.kafka, name, partitions, config)
            made.append(name)
        else:
            broker.touch_topic(infrastructure.kafka, name)
        return name

    yield make
    broker.delete_topics(infrastructure.kafka, made)


@pytest.fixture
def topic(make_topic: Callable[..., str]) -> str:
    """A topic of this test's own, with three partitions."""
    return make_topic()


@pytest.fixture(scope="module")
def own_kafka(request: pytest.FixtureRequest) -> Iterator[KafkaContainer | EmbeddedKafka]:
    """A broker of this module's own: the fixed topic names are free there, and a container may be killed."""
    from tests.infrastructure.engine import NoImage
    from tests.infrastructure.running import start_kafka

    try:
        kafka = start_kafka(request.config.stash[STACK].choice)
    except NoImage as error:
        pytest.skip(f"needs a real Kafka of its own: {error}")
    yield kafka
    kafka.stop()
