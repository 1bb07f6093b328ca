"""Writing: the log and the outbox share the fate of the business transaction."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from shared.events.base import Event, NotEmittable
from shared.events.candidature import CandidatureConcluded
from shared.events.contacts import ContactErased
from shared.events.types import Outcome
from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.outbox import VersionTaken
from tests.builders.messages import AT, a_start, a_work, say

SERVICES = ("candidature", "selection")


async def test_versions_run_from_one_without_gap_per_aggregate(sender: Database) -> None:
    first, second = new_id(), new_id()
    await say(sender, first, 3)
    await say(sender, second, 2)

    rows = await sender.pool.fetch("SELECT aggregate_id, version FROM event_log ORDER BY position")

    assert [tuple(row) for row in rows] == [(first, 1), (first, 2), (first, 3), (second, 1), (second, 2)]


async def test_two_events_of_one_transaction_follow_each_other(sender: Database) -> None:
    subject = new_id()
    async with a_work(sender) as work:
        await work.publish(subject, a_start(subject))
        await work.publish(subject, a_start(subject))

    assert await sender.pool.fetchval("SELECT array_agg(version ORDER BY position) FROM event_log") == [1, 2]


async def test_a_transaction_that_fails_leaves_no_event(sender: Database) -> None:
    subject = new_id()
    with pytest.raises(RuntimeError, match="after publishing"):
        async with a_work(sender) as work:
            await work.publish(subject, a_start(subject))
            raise RuntimeError("after publishing")

    counts = await sender.pool.fetchrow("SELECT (SELECT count(*) FROM event_log), (SELECT count(*) FROM outbox)")
    assert counts is not None
    assert tuple(counts) == (0, 0)


async def test_of_two_transactions_on_one_version_the_second_is_told(sender: Database) -> None:
    subject = new_id()
    first, second = a_work(sender), a_work(sender)
    await first.__aenter__()
    await second.__aenter__()
    await first.publish(subject, a_start(subject))
    late = asyncio.create_task(second.publish(subject, a_start(subject)))
    async with asyncio.timeout(10):
        while not await sender.pool.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
            await asyncio.sleep(0.01)
    await first.__aexit__(None, None, None)

    with pytest.raises(VersionTaken):
        await late
    await second.__aexit__(VersionTaken, VersionTaken(), None)
    assert await sender.pool.fetchval("SELECT count(*) FROM outbox") == 1


async def test_the_log_cannot_be_rewritten_by_the_service(sender: Database) -> None:
    await say(sender, new_id())

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await sender.pool.execute("UPDATE event_log SET actor = 'nobody'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await sender.pool.execute("DELETE FROM event_log")


async def test_an_unknown_value_is_never_sent_on(sender: Database) -> None:
    subject = new_id()
    event = CandidatureConcluded(
        candidature_id=subject, call_id=subject, edition=2, commune="93001", outcome=Outcome("unknown"), concluded_at=AT
    )
    with pytest.raises(NotEmittable):
        async with a_work(sender) as work:
            await work.publish(subject, event)

    assert await sender.pool.fetchval("SELECT count(*) FROM event_log") == 0


@pytest.mark.parametrize(
    ("about", "message"),
    [(UUID(int=8), a_start(UUID(int=7))), (UUID(int=7), ContactErased(contact_id=UUID(int=7)))],
    ids=["under another key", "of a compacted topic"],
)
async def test_an_event_every_reader_would_refuse_is_not_logged(sender: Database, about: UUID, message: Event) -> None:
    with pytest.raises(ValueError, match=type(message).__name__):
        async with a_work(sender) as work:
            await work.publish(about, message)

    assert await sender.pool.fetchval("SELECT count(*) FROM event_log") == 0


async def test_an_event_is_no_state_of_a_compacted_topic(sender: Database) -> None:
    subject = new_id()
    with pytest.raises(ValueError, match="CandidatureStarted"):
        async with a_work(sender) as work:
            await work.publish_state(subject, a_start(subject))

    assert await sender.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_work_cancelled_at_any_step_is_cancelled_and_gives_its_connection_back(sender: Database) -> None:
    async def work_once() -> None:
        async with a_work(sender) as work:
            await work.publish(subject := new_id(), a_start(subject))

    for steps in range(0, 120, 2):
        task = asyncio.create_task(work_once())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        [outcome] = await asyncio.gather(task, return_exceptions=True)
        assert outcome is None or isinstance(outcome, asyncio.CancelledError), f"after {steps} steps: {outcome!r}"

    assert sender.pool.get_idle_size() == sender.pool.get_size()
    assert await sender.pool.fetchval("SELECT (SELECT count(*) FROM event_log) = (SELECT count(*) FROM outbox)")
