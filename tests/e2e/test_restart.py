"""The embedded broker forgets all it held in the middle of an edition: told the history again, nobody acts twice."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable

import pytest

from deploy.demo.narrator import Narrator
from deploy.demo.play import play
from deploy.stack.entrance import Entrance
from deploy.stack.history import republish_services
from deploy.stack.layout import SERVICES
from deploy.stack.preparation import make_topics
from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS, EXPERIMENTS_EVENTS, SELECTION_EVENTS
from tests.e2e.broker_state import caught_up, records
from tests.e2e.conftest import StartTown
from tests.e2e.listener import listen
from tests.e2e.town import Town
from tests.infrastructure.containers import free_port
from tests.infrastructure.embedded import EmbeddedKafka

pytestmark = pytest.mark.timeout(300)

EFFECTS = {
    "candidature": ("candidatures", "proposals", "contacts"),
    "selection": ("commune_rounds", "admitted_candidatures", "decisions"),
    "experiments": ("agreements", "experiments"),
    "notifications": ("contacts", "plans", "notifications", "deliveries", "feed"),
}
READERS = {
    "candidature": (SELECTION_EVENTS,),
    "selection": (CANDIDATURE_EVENTS,),
    "experiments": (SELECTION_EVENTS,),
    "notifications": (CANDIDATURE_EVENTS, SELECTION_EVENTS, EXPERIMENTS_EVENTS, CONTACTS),
}


class Broker:
    """An address that stays, and the broker behind it, which can be replaced by an empty one."""

    def __init__(self) -> None:
        self.kafka = EmbeddedKafka()
        self.entrance = Entrance(free_port())

    async def open(self) -> None:
        """Answer at the address."""
        make_topics(self.kafka.address)
        self.entrance.leads_to = self.kafka.address
        await self.entrance.open()

    def replace(self) -> None:
        """Forget everything."""
        self.kafka.stop()
        self.kafka = EmbeddedKafka()
        make_topics(self.kafka.address)
        self.entrance.leads_to = self.kafka.address

    async def close(self) -> None:
        """End."""
        await self.entrance.close()
        self.kafka.stop()


@pytest.fixture(scope="module")
async def broker() -> AsyncIterator[Broker]:
    made = Broker()
    await made.open()
    yield made
    await made.close()


async def test_an_edition_goes_on_after_its_broker_has_forgotten_everything(
    start_town: StartTown, broker: Broker, say: Narrator
) -> None:
    town = await start_town(broker.entrance.address)
    first = await play(town.stack, say=say, until_chapter="agreements")
    before = await effects(town)

    await town.end(town.workers)
    broker.replace()
    await republish_services(town.database.admin_dsn, town.stack.kafka, SERVICES)
    await town.begin(town.workers)
    await caught_up(town.stack.kafka, READERS)

    assert await effects(town) == before
    second = await play(town.stack, say=say)
    assert second.figures["commune-selected.v1"] == first.figures["commune-selected.v1"] == 6
    assert second.figures["experiment-evaluated.v1"] == 19
    assert second.mails == {"sent": len(town.mails())}
    assert twice(mail.message_id for mail in town.mails()) == []


async def test_the_new_broker_holds_each_public_fact_once_and_every_contact(broker: Broker) -> None:
    heard = await listen(broker.kafka)

    assert twice(record["attributes"]["id"] for record in heard) == []
    assert len(heard) == 190
    assert records(broker.kafka.address, CONTACTS) == 102


async def effects(town: Town) -> dict[str, int]:
    """How many rows the tables hold that events of others fill."""
    connection = await town.database.connect()
    try:
        return {
            f"{service}.{table}": await connection.fetchval(f"SELECT count(*) FROM {service}.{table}")
            for service, tables in EFFECTS.items()
            for table in tables
        }
    finally:
        await connection.close()


def twice(values: Iterable[str]) -> list[str]:
    """Those that come more than once."""
    return [value for value, times in Counter(values).items() if times > 1]
