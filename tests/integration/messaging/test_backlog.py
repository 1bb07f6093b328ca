"""What waits in the database of a service, as its metrics tell it."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from shared.kit.backlog import Backlog
from shared.kit.clock import SystemClock
from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.provenance import Provenance
from shared.kit.telemetry import REGISTRY
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.builders.messages import say

SERVICES = ("candidature", "selection")

_PARK = """
INSERT INTO parked (consumer_group, topic, partition, record_offset, recorded_at, key, header_names, header_values,
                    source, message_id, reason, attempts, next_attempt_at, parked_at)
VALUES ('g', 't', 0, 0, now(), '', '{}', '{}', 's', '1', 'r', 0, now(), now() - interval '90 seconds')
"""


class Over(Exception):
    """The test has seen enough."""


def sample(name: str, **labels: str) -> float | None:
    """A metric as it is exposed."""
    return REGISTRY.get_sample_value(name, labels)


async def test_what_is_not_sent_set_aside_or_overdue_is_counted_and_dated(sender: Database) -> None:
    backlog = Backlog(sender, SystemClock())
    await say(sender, new_id())
    async with sender.connection() as connection:
        await connection.execute("UPDATE outbox SET created_at = created_at - interval '70 seconds'")
        await connection.execute(_PARK)
    async with SqlUnitOfWork(sender, Provenance.of_system("test")) as work:
        await work.deadlines.set(new_id(), "call.open", datetime.now(UTC) - timedelta(seconds=30))
        await work.deadlines.set(new_id(), "call.close", datetime.now(UTC) + timedelta(days=1))

    await backlog.measure()

    assert (sample("qmi_outbox_pending"), sample("qmi_parked_messages", group="g")) == (1, 1)
    assert sample("qmi_outbox_oldest_seconds") == pytest.approx(70, abs=5)
    assert sample("qmi_parked_oldest_seconds", group="g") == pytest.approx(90, abs=5)
    assert sample("qmi_deadlines_overdue", kind="call.open") == 1
    assert sample("qmi_deadlines_overdue_oldest_seconds", kind="call.open") == pytest.approx(30, abs=5)
    assert sample("qmi_deadlines_overdue", kind="call.close") is None


async def test_what_is_over_is_forgotten(sender: Database) -> None:
    backlog = Backlog(sender, SystemClock())
    async with sender.connection() as connection:
        await connection.execute(_PARK)
    await backlog.measure()
    async with sender.connection() as connection:
        await connection.execute("DELETE FROM parked")
    await backlog.measure()

    assert sample("qmi_parked_messages", group="g") is None


async def test_while_the_database_is_away_nothing_is_known(sender: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    backlog = Backlog(sender, SystemClock())
    await backlog.measure()
    await sender.stop()

    async def over(seconds: float) -> None:
        raise Over

    monkeypatch.setattr("shared.kit.backlog.asyncio.sleep", over)
    with pytest.raises(Over):
        await backlog.run()

    assert math.isnan(sample("qmi_outbox_pending") or 0)
    assert sample("qmi_pool_connections", state="busy") == 0


async def test_the_pool_says_how_busy_it_is(sender: Database) -> None:
    Backlog(sender, SystemClock())
    waited = sample("qmi_pool_wait_seconds_count") or 0

    async with sender.connection():
        busy = sample("qmi_pool_connections", state="busy")

    assert (busy, sample("qmi_pool_connections", state="busy")) == (1, 0)
    assert sample("qmi_pool_wait_seconds_count") == waited + 1
    assert sample("qmi_pool_connections_limit") == sender.limit
