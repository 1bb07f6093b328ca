"""The worker as the process runs it: hears from Kafka, and says on Kafka what its clock sets off."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.selection.domain.commune_round import ANNOUNCE
from services.selection.main import create_worker
from services.selection.store.unit_of_work import SqlWork
from services.selection.usecases.open_commune_round import commune_round_id
from shared.events.base import Event, ce_type
from shared.events.candidature import CandidatureAdmitted
from shared.events.envelope import Envelope
from shared.events.selection import (
    CommuneNotSelected,
    CommuneRoundOpened,
    CommuneSelected,
    CommuneWaitlisted,
    RoundAnnounced,
)
from shared.events.topics import CANDIDATURE_EVENTS, SELECTION_EVENTS, dead_letter_topic, public_topic
from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.provenance import Provenance
from tests.builders.selection import (
    CALL,
    CLOSED_AT,
    ROUND,
    a_call_closed,
    a_ratified_round,
    file,
)
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import OwnDatabase
from tests.infrastructure.embedded import EmbeddedKafka
from tests.integration.selection.world import a_candidature_admitted

SERVICES = ("selection",)
PUBLIC = public_topic("selection")
LATE = dead_letter_topic(CANDIDATURE_EVENTS, "selection")
TOPICS = (CANDIDATURE_EVENTS, SELECTION_EVENTS, PUBLIC, LATE)


@pytest.fixture
def kafka(own_kafka: KafkaContainer | EmbeddedKafka) -> str:
    """The address of a broker with the topics this service uses."""
    address = own_kafka.address
    for topic in TOPICS:
        if broker.is_real(address):
            broker.create_topic(address, topic, 2)
        else:
            broker.touch_topic(address, topic)
    return address


@pytest.fixture
async def store(database: OwnDatabase) -> AsyncIterator[Database]:
    """The database of the service, seen from the side."""
    opened = Database(database.dsn("selection"), "selection", max_size=2)
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def worker(database: OwnDatabase, kafka: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The worker, started from its environment."""
    for name, value in {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": database.dsn("selection"),
        "QMI_KAFKA": kafka,
        "QMI_ISSUER": "http://127.0.0.1:1/dev-issuer",
    }.items():
        monkeypatch.setenv(name, value)
    app = create_worker()
    async with app.router.lifespan_context(app):
        yield


@pytest.fixture
async def candidature(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    """The service we listen to."""
    made = producer(KafkaAccess(kafka), "test")
    await made.start()
    yield made
    await made.stop()


async def say(candidature: AIOKafkaProducer, event: Event) -> None:
    """Send an event as its service would."""
    wire = Envelope.of(event, id=new_id(), time=CLOSED_AT, sequence=1, correlation_id=new_id()).to_kafka()
    await candidature.send_and_wait(CANDIDATURE_EVENTS, wire.value, wire.key, headers=list(wire.headers))


async def heard(kafka: str, topic: str, count: int) -> list[str]:
    """The types of the first messages of a topic, sorted, within half a minute."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            messages = [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()
    return sorted(value.decode() for each in messages for name, value in each.headers if name == "ce_type")


def a_late_admission() -> CandidatureAdmitted:
    """Once the committee has recommended."""
    return a_candidature_admitted(file(9), CALL, "95018")


@pytest.mark.usefixtures("worker")
async def test_what_candidature_says_opens_a_round_and_what_the_clock_sets_off_is_told(
    kafka: str, candidature: AIOKafkaProducer, store: Database
) -> None:
    for number, commune in enumerate(("93001", "91027", "94033"), 1):
        await say(candidature, a_candidature_admitted(file(number), CALL, commune))
    await say(candidature, a_call_closed())
    assert await heard(kafka, SELECTION_EVENTS, 1) == [ce_type(CommuneRoundOpened)]

    async with SqlWork(store, Provenance.of_system("test", at=CLOSED_AT)) as work:
        while len(await work.candidatures.of_call(CALL)) < 3:
            await asyncio.sleep(0.05)
        opened = await work.commune_rounds.get(commune_round_id(CALL))
        await work.commune_rounds.save(a_ratified_round(version=opened.version))
        await work.deadlines.set(ROUND, ANNOUNCE, CLOSED_AT)
    told = await heard(kafka, SELECTION_EVENTS, 5)

    facts = (CommuneNotSelected, CommuneRoundOpened, CommuneSelected, CommuneWaitlisted, RoundAnnounced)
    assert told == [ce_type(fact) for fact in facts]
    assert await heard(kafka, PUBLIC, 2) == [ce_type(CommuneSelected), ce_type(RoundAnnounced)]

    await say(candidature, a_late_admission())
    assert await heard(kafka, LATE, 1) == [ce_type(CandidatureAdmitted)]
