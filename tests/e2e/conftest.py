"""A platform for each module that plays the programme."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from rich.console import Console

from deploy.demo.narrator import Narrator
from deploy.kafka import topics
from deploy.stack.preparation import make_topics
from tests.e2e.town import Town
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import Databases
from tests.infrastructure.embedded import EmbeddedKafka

StartTown = Callable[[str], Awaitable[Town]]


@pytest.fixture(scope="module")
async def start_town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StartTown]:
    """Starts platforms on a broker (host:port) that has its topics; all are stopped at the end of the module."""
    towns: list[Town] = []

    async def start(kafka: str) -> Town:
        town = Town(tmp_path_factory.mktemp("town"), await databases.create(), kafka)
        towns.append(town)
        await town.start()
        return town

    yield start
    for town in towns:
        await town.stop()
        await databases.drop(town.database)


@pytest.fixture(scope="module")
def kafka(own_kafka: KafkaContainer | EmbeddedKafka) -> KafkaContainer | EmbeddedKafka:
    """A broker of the module's own, with the topics of the platform."""
    if isinstance(own_kafka, EmbeddedKafka):
        make_topics(own_kafka.address)
    else:
        topics.apply(own_kafka.address)
    return own_kafka


@pytest.fixture(scope="module")
async def town(start_town: StartTown, kafka: KafkaContainer | EmbeddedKafka) -> Town:
    """The platform of the module."""
    return await start_town(kafka.address)


@pytest.fixture(scope="module")
def page() -> io.StringIO:
    """Where the account of the demo is written."""
    return io.StringIO()


@pytest.fixture(scope="module")
def say(page: io.StringIO) -> Narrator:
    """Who tells it."""
    return Narrator(Console(file=page, width=200, highlight=False))
