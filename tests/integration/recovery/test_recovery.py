"""All topics lost, or a database an hour old: what was said is heard, once, and what is missing is found."""

import asyncio
import time
from contextlib import suppress
from uuid import UUID

import httpx
import pytest
from aiokafka.partitioner import DefaultPartitioner
from typer.testing import CliRunner

from deploy.cli import app
from deploy.kafka import catalogue, topics
from deploy.stack.history import republish_services
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess
from shared.kit.reconciliation import Ahead, ahead_of_log
from tests.builders.messages import say
from tests.infrastructure import broker
from tests.infrastructure.databases import OwnDatabase
from tests.integration.recovery.conftest import Restore, opened, working

pytestmark = pytest.mark.real_kafka

Effects = list[tuple[UUID, int]]


async def spoken(own: OwnDatabase, kafka: KafkaAccess, *subjects: UUID, times: int = 1) -> None:
    """Commit so many events of each subject, and let the worker of candidature send them."""
    async with opened(own, "candidature") as database, working(own, "candidature", kafka, "candidature"):
        for subject in subjects:
            await say(database, subject, times)
        async with asyncio.timeout(30):
            while await database.pool.fetchval("SELECT count(*) FROM outbox"):
                await asyncio.sleep(0.05)


async def heard(own: OwnDatabase, kafka: KafkaAccess, count: int, group: str = "selection") -> Effects:
    """Let the worker of selection run until there are so many effects, and a moment more."""
    async with opened(own, "selection") as database, working(own, "selection", kafka, group):
        async with asyncio.timeout(40):
            while await database.pool.fetchval("SELECT count(*) FROM effects") < count:
                await asyncio.sleep(0.05)
        await asyncio.sleep(1.5)
        rows = await database.pool.fetch("SELECT subject, version FROM effects ORDER BY 1, 2")
        return [(row["subject"], row["version"]) for row in rows]


async def asked(code: int, *words: str) -> str:
    """What a command prints; it must end with this code."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words))
    assert result.exit_code == code, result.output + str(result.exception)
    return result.stdout


async def ahead(own: OwnDatabase, kafka: KafkaAccess) -> list[Ahead]:
    async with opened(own, "candidature") as database, database.connection() as connection:
        return await ahead_of_log(kafka, connection, "candidature")


def lose_all_topics(kafka: KafkaAccess) -> None:
    """Delete every topic of the platform, and make them again, empty."""
    names = [topic.name for topic in catalogue.read().everything()]
    client = broker.admin(kafka.servers)
    broker.delete_topics(kafka.servers, names)
    end = time.monotonic() + 20
    while set(names) & set(client.list_topics(timeout=20).topics):
        assert time.monotonic() < end
        time.sleep(0.1)
    topics.apply(kafka.servers)


async def test_topics_that_were_lost_are_filled_again_and_nothing_is_done_twice(
    speaking: OwnDatabase, hearing: OwnDatabase, kafka: KafkaAccess
) -> None:
    first, second = sorted((new_id(), new_id()))
    await spoken(speaking, kafka, first, second, times=3)
    before = await heard(hearing, kafka, 6)

    lose_all_topics(kafka)
    await republish_services(speaking.admin_dsn, kafka.servers, ["candidature"])
    await spoken(speaking, kafka, first)

    assert before == [(key, version) for key in (first, second) for version in (1, 2, 3)]
    assert await heard(hearing, kafka, 7) == sorted([*before, (first, 4)])
    assert await ahead(speaking, kafka) == []


async def test_a_receiver_restored_from_a_backup_hears_again_what_it_forgot_and_only_that(
    speaking: OwnDatabase, hearing: OwnDatabase, kafka: KafkaAccess, back_up: Restore
) -> None:
    lose_all_topics(kafka)
    subject = new_id()
    await spoken(speaking, kafka, subject, times=3)
    await heard(hearing, kafka, 3)
    restored = await back_up(hearing)
    await spoken(speaking, kafka, subject, times=3)
    await heard(hearing, kafka, 6)

    where = ("--from", "beginning", "--kafka", kafka.servers, "--database-url", restored.admin_dsn)
    unaware = await heard(restored, kafka, 3)
    await asked(0, "replay", "selection", *where, "--operator", "astreinte")

    assert unaware == [(subject, version) for version in (1, 2, 3)]
    assert await heard(restored, kafka, 6) == [(subject, version) for version in range(1, 7)]


async def test_what_a_restored_sender_no_longer_knows_it_said_is_found_before_it_speaks(
    speaking: OwnDatabase, kafka: KafkaAccess, back_up: Restore
) -> None:
    lose_all_topics(kafka)
    known, forgotten, quiet = sorted(new_id() for _ in range(3))
    await spoken(speaking, kafka, known, quiet, times=2)
    restored = await back_up(speaking)
    await spoken(speaking, kafka, known, forgotten)

    assert await ahead(speaking, kafka) == []
    assert [(a.aggregate_id, a.logged, a.heard, a.forked) for a in await ahead(restored, kafka)] == [
        (known, 2, 3, False),
        (forgotten, 0, 1, False),
    ]
    async with opened(restored, "candidature") as database:
        await say(database, known)
    assert [(a.aggregate_id, a.forked) for a in await ahead(restored, kafka)] == [(known, True), (forgotten, False)]
    where = ("--kafka", kafka.servers, "--json", "--database-url")
    assert (await asked(1, "reconcile", "candidature", *where, restored.admin_dsn)).count('"aggregate"') == 2
    assert (await asked(0, "reconcile", "candidature", *where, speaking.admin_dsn)).endswith("[]\n")


async def checks(worker: httpx.AsyncClient, name: str, wanted: str) -> tuple[int, str]:
    """The status of readiness, and this check of it, once it is so; what it is after twenty seconds otherwise."""
    with suppress(TimeoutError):
        async with asyncio.timeout(20):
            while (await worker.get("/readyz")).json()["checks"][name] != wanted:
                await asyncio.sleep(0.05)
    answer = await worker.get("/readyz")
    return answer.status_code, answer.json()["checks"][name]


def partition(subject: UUID) -> int:
    """Where on the topic it is."""
    there = list(range(12))
    number: int = DefaultPartitioner()(str(subject).encode(), there, there)
    return number


async def unsent(own: OwnDatabase) -> int:
    async with opened(own, "candidature") as database:
        waiting: int = await database.pool.fetchval("SELECT count(*) FROM outbox")
        return waiting


async def test_a_restored_sender_is_silent_and_says_why_until_the_loss_is_accepted(
    speaking: OwnDatabase, kafka: KafkaAccess, back_up: Restore, capsys: pytest.CaptureFixture[str]
) -> None:
    lose_all_topics(kafka)
    known = new_id()
    forgotten = next(other for other in iter(new_id, None) if partition(other) == partition(known))
    await spoken(speaking, kafka, known, times=2)
    restored = await back_up(speaking)
    await spoken(speaking, kafka, forgotten)
    # What its log knows comes last on the topic: the ends of its partitions alone would tell nothing.
    await republish_services(restored.admin_dsn, kafka.servers, ["candidature"])
    async with opened(restored, "candidature") as database:
        await say(database, known)

    async with working(restored, "candidature", kafka, "candidature") as worker:
        refused = await checks(worker, "reconciled", "failed")
        await asyncio.sleep(1.0)
        alive = (await worker.get("/livez")).status_code
    logged = capsys.readouterr().out
    held_back = await unsent(restored)
    where = ("--kafka", kafka.servers, "--database-url", restored.admin_dsn, "--operator", "astreinte")
    said = await asked(0, "reconcile", "candidature", *where, "--accept-because", "perdu pour de bon")
    async with working(restored, "candidature", kafka, "candidature") as worker:
        accepted = await checks(worker, "reconciled", "ok")
    await spoken(restored, kafka, new_id())

    assert (refused, alive, held_back) == ((503, "failed"), 200, 1)
    assert "relay_silent" in logged
    assert "Lancez : qmi reconcile candidature" in logged
    assert "Perte acceptée" in said
    assert accepted == (200, "ok")
    assert await unsent(restored) == 0


async def test_a_sender_restored_to_its_last_commit_speaks_at_once(
    speaking: OwnDatabase, kafka: KafkaAccess, back_up: Restore
) -> None:
    lose_all_topics(kafka)
    await spoken(speaking, kafka, new_id(), times=2)
    restored = await back_up(speaking)

    async with working(restored, "candidature", kafka, "candidature") as worker:
        assert await checks(worker, "reconciled", "ok") == (200, "ok")
    await spoken(restored, kafka, new_id())
