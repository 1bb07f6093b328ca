"""The worker as the process runs it: it tells what was done, rings, scans, and hears the selection."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.candidature.domain.call import CallStatus
from services.candidature.domain.candidature import Status
from services.candidature.domain.document import ScanStatus
from services.candidature.main import create_worker
from services.candidature.store.unit_of_work import SqlWork
from services.candidature.usecases.publish_call import PublishCall, publish_call
from services.candidature.usecases.save_contact import SaveContact, save_contact
from shared.events.base import Event, ce_type
from shared.events.candidature import CallClosed, CallOpened, CallPublished, CandidatureConcluded
from shared.events.contacts import ContactChanged
from shared.events.envelope import Envelope
from shared.events.selection import CommuneSelected, ProjectAllocated, RoundAnnounced
from shared.events.topics import (
    CANDIDATURE_EVENTS,
    CONTACTS,
    SELECTION_EVENTS,
    dead_letter_topic,
    public_topic,
    topic_of,
)
from shared.kit.access import Scope
from shared.kit.database import Database
from shared.kit.documents import DocumentStore
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.provenance import Provenance
from tests.builders.candidature import (
    COMMUNE,
    a_call,
    a_candidature,
    a_contact,
    a_document,
    a_project_call,
    a_proposal,
    some_terms,
)
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import OwnDatabase
from tests.infrastructure.embedded import EmbeddedKafka
from tests.integration.candidature.world import PDF

SERVICES = ("candidature",)
TOPICS = (
    CANDIDATURE_EVENTS,
    public_topic("candidature"),
    CONTACTS,
    SELECTION_EVENTS,
    dead_letter_topic(SELECTION_EVENTS, "candidature"),
)


@pytest.fixture
def kafka(own_kafka: KafkaContainer | EmbeddedKafka) -> Iterator[str]:
    """The address of a broker with the topics of the service, which has said nothing that its log does not know."""
    address = own_kafka.address
    real = broker.is_real(address)
    for topic in TOPICS:
        if real:
            broker.create_topic(address, topic, 2)
        else:
            broker.touch_topic(address, topic)
    yield address
    if real:
        broker.delete_topics(address, [CANDIDATURE_EVENTS])


@pytest.fixture
async def opened(database: OwnDatabase) -> AsyncIterator[Database]:
    """The database of the service."""
    made = Database(database.dsn("candidature"), "candidature")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def worker(
    database: OwnDatabase, kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """The worker, started from its environment."""
    for name, value in {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": database.dsn("candidature"),
        "QMI_KAFKA": kafka,
        "QMI_ISSUER": "http://127.0.0.1:1/dev-issuer",
        "QMI_DOCUMENTS": tmp_path.as_uri(),
    }.items():
        monkeypatch.setenv(name, value)
    app = create_worker()
    async with app.router.lifespan_context(app):
        yield


def work_on(database: Database) -> SqlWork:
    """A unit of work nobody in particular asked for."""
    return SqlWork(database, Provenance.of_system("test"))


async def heard(kafka: str, topic: str, about: UUID, wanted: int) -> list[str]:
    """The types of the first so many records about something."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    types: list[str] = []
    try:
        async with asyncio.timeout(60):
            while len(types) < wanted:
                record = await consumer.getone()
                if record.key == str(about).encode():
                    types.append(dict(record.headers)["ce_type"].decode())
    finally:
        await consumer.stop()
    return types


async def say(kafka: str, *events: Event) -> None:
    """What the selection service says."""
    sender: AIOKafkaProducer = producer(KafkaAccess(kafka), "test")
    await sender.start()
    try:
        for event in events:
            now = datetime.now(UTC)
            wire = Envelope.of(event, id=new_id(), time=now, sequence=1, correlation_id=new_id()).to_kafka()
            await sender.send_and_wait(topic_of(type(event)), wire.value, wire.key, headers=list(wire.headers))
    finally:
        await sender.stop()


async def value(database: Database, sql: str, wanted: object, *parameters: object) -> None:
    """Wait until a query gives this."""
    async with asyncio.timeout(60):
        while True:
            async with database.connection() as connection:
                if await connection.fetchval(sql, *parameters) == wanted:
                    return
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("worker")
async def test_a_published_call_opens_and_closes_by_itself_and_partners_hear_of_it(
    opened: Database, kafka: str
) -> None:
    now = datetime.now(UTC)
    terms = some_terms(opens_at=now + timedelta(seconds=1), closes_at=now + timedelta(seconds=2))
    call = a_call(CallStatus.DRAFT, terms)
    async with work_on(opened) as work:
        await work.calls.add(call)

    await publish_call(PublishCall(call.id, at=now), work_on(opened))

    told = [ce_type(CallPublished), ce_type(CallOpened), ce_type(CallClosed)]
    assert await heard(kafka, CANDIDATURE_EVENTS, call.id, 3) == told
    assert await heard(kafka, public_topic("candidature"), call.id, 3) == told


@pytest.mark.usefixtures("worker")
async def test_what_the_selection_announces_concludes_the_dossier_and_the_call(opened: Database, kafka: str) -> None:
    call = a_call(CallStatus.CLOSED)
    candidature = a_candidature(Status.ADMITTED, call)
    async with work_on(opened) as work:
        await work.calls.add(call)
        await work.candidatures.add(candidature)
    announced = {"round_id": new_id(), "call_id": call.id, "edition": 2, "announced_at": datetime.now(UTC)}

    await say(
        kafka,
        CommuneSelected(
            **announced,
            candidature_id=candidature.id,
            commune=COMMUNE,
            deliberation_number="BM 2024/02/06/01",
            deliberation_date=date(2024, 2, 6),
            rank=1,
            reasons=("Un défi pertinent.",),
        ),
        RoundAnnounced(**announced, selected=1, waitlisted=0, not_selected=0),
    )

    assert await heard(kafka, CANDIDATURE_EVENTS, candidature.id, 1) == [ce_type(CandidatureConcluded)]
    await value(opened, "SELECT status FROM candidatures WHERE id = $1", "selected", candidature.id)
    await value(opened, "SELECT status FROM calls WHERE id = $1", "decided", call.id)


@pytest.mark.usefixtures("worker")
async def test_an_allocated_project_knows_its_commune(opened: Database, kafka: str) -> None:
    call = a_project_call(CallStatus.CLOSED)
    proposal = a_proposal(call=call)
    proposal, _ = proposal.submit(a_project_call(), at=a_call().terms.opens_at)
    proposal, _ = proposal.admit(at=a_call().terms.closes_at)
    async with work_on(opened) as work:
        await work.calls.add(call)
        await work.proposals.add(proposal)

    await say(
        kafka,
        ProjectAllocated(
            proposal_id=proposal.id,
            round_id=new_id(),
            call_id=call.id,
            edition=2,
            wave=1,
            title=proposal.pitch.title,
            holder_id=proposal.organisation,
            commune="94033",
            allocated_at=datetime.now(UTC),
        ),
    )

    await value(opened, "SELECT commune FROM proposals WHERE status = 'selected' AND id = $1", "94033", proposal.id)


@pytest.mark.usefixtures("worker")
async def test_a_file_leaves_its_quarantine(opened: Database, tmp_path: Path) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield PDF

    stored = await DocumentStore(tmp_path.as_uri()).put(content(), 1_000_000)
    call = a_call()
    candidature = a_candidature(call=call)
    document = a_document(
        candidature_id=candidature.id, object_key=stored.key, status=ScanStatus.PENDING_SCAN, scanned_at=None
    )

    async with work_on(opened) as work:
        await work.calls.add(call)
        await work.candidatures.add(candidature)
        await work.documents.add(document)

    await value(opened, "SELECT status FROM documents WHERE id = $1", "clean", document.id)


@pytest.mark.usefixtures("worker")
async def test_a_contact_reaches_its_topic(opened: Database, kafka: str) -> None:
    contact = a_contact()

    await save_contact(SaveContact(contact, None, Scope.only(COMMUNE)), work_on(opened))

    assert await heard(kafka, CONTACTS, contact.id, 1) == [ce_type(ContactChanged)]
