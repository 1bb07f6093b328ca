"""Checkpoints reach the public topic, and whoever kept them can hold the database to them."""

from deploy.audit.database import verify
from deploy.audit.evidence import tokens_on
from shared.kit.audit_publication import Publication, publish_again
from shared.kit.audit_recall import compare, recall
from shared.kit.audit_verification import Fault
from shared.kit.database import Connection, Database
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.telemetry import AUDIT_BROKEN, REGISTRY
from tests.infrastructure.databases import OwnDatabase
from tests.infrastructure.running import Infrastructure
from tests.integration.audit.conftest import KEYS, SERVICE, fill, seal

SERVICES = (SERVICE,)


async def test_a_database_that_lost_its_tail_is_refuted_by_the_topic(
    database: OwnDatabase, service: Database, superuser: Connection, infrastructure: Infrastructure, topic: str
) -> None:
    access = KafkaAccess(infrastructure.kafka)
    publication = Publication(service, lambda: producer(access, "test-audit"), topic=topic)
    for _ in range(2):
        await fill(superuser, 10)
        await seal(service)

    assert [await publication.publish() for _ in range(2)] == [2, 0]
    await superuser.execute(
        "DELETE FROM event_log WHERE position > 10; DELETE FROM audit_seals WHERE sequence > 10;"
        "DELETE FROM audit_checkpoints WHERE sequence > 10"
    )
    report = await verify(database.admin_dsn, SERVICE, KEYS, await tokens_on(access, topic))

    assert [(finding.fault, finding.sequence, finding.position) for finding in report.findings] == [
        (Fault.TRUNCATED, 11, 20)
    ]


async def test_a_new_broker_is_told_every_checkpoint_again(
    service: Database, superuser: Connection, infrastructure: Infrastructure, topic: str
) -> None:
    access = KafkaAccess(infrastructure.kafka)
    publication = Publication(service, lambda: producer(access, "test-audit"), topic=topic)
    await fill(superuser, 3)
    await seal(service)
    await publication.publish()

    await publish_again(superuser)

    assert await publication.publish() == 1
    assert len(set(await tokens_on(access, topic))) == 1


async def test_a_worker_that_starts_on_an_older_database_is_told_so_by_the_topic(
    service: Database, superuser: Connection, infrastructure: Infrastructure, topic: str
) -> None:
    access = KafkaAccess(infrastructure.kafka)
    assert await recall(access, KEYS, SERVICE, topic) is None
    await fill(superuser, 10)
    await seal(service)
    await Publication(service, lambda: producer(access, "test-audit"), topic=topic).publish()

    known = await recall(access, KEYS, SERVICE, topic)

    assert known is not None
    assert await compare(service, known)
    await superuser.execute("DELETE FROM audit_seals WHERE sequence > 8; DELETE FROM audit_checkpoints")
    assert not await compare(service, known)
    assert REGISTRY.get_sample_value("qmi_audit_broken") == 1
    AUDIT_BROKEN.set(0)
