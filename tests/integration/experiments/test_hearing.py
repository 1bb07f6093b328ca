"""What selection says is heard once, in whatever order its keys arrive, on a real broker too."""

import asyncio
import os
from collections.abc import AsyncIterator
from unittest import mock

import pytest
from aiokafka import AIOKafkaConsumer

from services.experiments.domain.agreement import agreement_id_of
from services.experiments.domain.experiment import experiment_id_of
from services.experiments.main import create_worker
from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.events.experiments import AgreementDrafted, ExperimentPlanned
from shared.events.topics import EXPERIMENTS_EVENTS, SELECTION_EVENTS, dead_letter_topic, public_topic
from shared.kit.kafka import KafkaAccess, producer
from tests.builders.experiments import COMMUNE, a_commune_selected, a_project_allocated
from tests.infrastructure import broker
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.databases import OwnDatabase
from tests.infrastructure.embedded import EmbeddedKafka
from tests.integration.experiments.world import ANNOUNCEMENT, World, a_record
from tests.integration.kit_http.conftest import Issuer

SERVICES = ("experiments",)


async def test_a_redelivered_award_drafts_once(world: World) -> None:
    await world.at(ANNOUNCEMENT)
    record = a_record(a_commune_selected(edition=world.edition))

    for _ in range(2):
        await world.inbox().take([record], abandon=asyncio.Event())

    assert await world.said(agreement_id_of(world.edition, COMMUNE)) == ["agreement-drafted.v1"]


async def test_an_award_told_again_in_another_message_drafts_once(world: World) -> None:
    await world.at(ANNOUNCEMENT)
    award = a_commune_selected(edition=world.edition)

    await world.hear(award, award)
    await world.hear(award)

    assert await world.said(agreement_id_of(world.edition, COMMUNE)) == ["agreement-drafted.v1"]


async def test_a_project_allocated_before_its_commune_is_selected_is_not_lost(world: World) -> None:
    allocated = a_project_allocated(edition=world.edition)

    await world.hear(allocated)
    await world.hear(a_commune_selected(edition=world.edition))

    planned = await world.last_event(experiment_id_of(allocated.proposal_id))
    assert planned["agreement_id"] == str(agreement_id_of(world.edition, COMMUNE))
    assert await world.said(planned["agreement_id"]) == ["agreement-drafted.v1"]
    assert await world.parked() == 0


async def test_a_project_allocated_twice_is_planned_once(world: World) -> None:
    allocated = a_project_allocated(edition=world.edition)

    await world.hear(allocated, allocated)

    assert await world.said(experiment_id_of(allocated.proposal_id)) == ["experiment-planned.v1"]


@pytest.fixture
async def kafka(own_kafka: KafkaContainer | EmbeddedKafka, database: OwnDatabase, issuer: Issuer) -> AsyncIterator[str]:
    """A broker with the topics of this service, and the environment of its worker."""
    names = (SELECTION_EVENTS, EXPERIMENTS_EVENTS, public_topic("experiments"))
    for name in (*names, dead_letter_topic(SELECTION_EVENTS, "experiments")):
        if isinstance(own_kafka, EmbeddedKafka):
            broker.touch_topic(own_kafka.address, name)
        else:
            broker.create_topic(own_kafka.address, name, 4)
    environment = {
        "QMI_MODE": "sandbox",
        "QMI_DATABASE_URL": database.dsn("experiments"),
        "QMI_KAFKA": own_kafka.address,
        "QMI_ISSUER": issuer.url,
    }
    with mock.patch.dict(os.environ, environment):
        yield own_kafka.address


async def test_the_worker_hears_selection_and_says_what_follows(kafka: str) -> None:
    selected, allocated = a_commune_selected(), a_project_allocated()
    worker = create_worker()

    async with worker.router.lifespan_context(worker):
        await _say(kafka, allocated, selected)
        heard = await _hear(kafka, AgreementDrafted, ExperimentPlanned)

    drafted, planned = (envelope.data for envelope in heard)
    assert isinstance(drafted, AgreementDrafted)
    assert isinstance(planned, ExperimentPlanned)
    assert drafted.candidature_id == selected.candidature_id
    assert planned.agreement_id == drafted.agreement_id
    assert [envelope.sequence for envelope in heard] == [1, 1]


async def _say(kafka: str, *events: Event) -> None:
    sender = producer(KafkaAccess(kafka), "test")
    await sender.start()
    for event in events:
        record = a_record(event)
        await sender.send_and_wait(SELECTION_EVENTS, key=record.key, value=record.value, headers=list(record.headers))
    await sender.stop()


async def _hear(kafka: str, *kinds: type[Event]) -> list[Envelope]:
    """The first fact of each kind; the real clock is past the deadlines of an award of 2024, which are told too."""
    consumer = AIOKafkaConsumer(EXPERIMENTS_EVENTS, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            heard: dict[type[Event], Envelope] = {}
            while not heard.keys() >= set(kinds):
                record = await consumer.getone()
                envelope = Envelope.from_kafka(record.key, record.value, record.headers)
                heard.setdefault(type(envelope.data), envelope)
    finally:
        await consumer.stop()
    return [heard[kind] for kind in kinds]
