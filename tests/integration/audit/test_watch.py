"""A running sealer says by itself, within seconds, that what it sealed is no longer there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.kit import audit_watch
from shared.kit.database import Connection, Database
from shared.kit.sealer import Sealer
from shared.kit.telemetry import AUDIT_BROKEN, REGISTRY
from tests.integration.audit.conftest import KEY, SERVICE, fill

SERVICES = (SERVICE,)


def broken() -> float | None:
    return REGISTRY.get_sample_value("qmi_audit_broken")


@pytest.fixture
async def sealing(service: Database, superuser: Connection, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A sealer at work on forty events, that looks again more often than usual."""
    monkeypatch.setattr(audit_watch, "_EVERY", 0.05)
    AUDIT_BROKEN.set(0)
    await fill(superuser, 40)
    sealer = asyncio.create_task(Sealer(service, SERVICE, KEY, poll=0.02).run())
    async with asyncio.timeout(20):
        while await superuser.fetchval("SELECT count(*) FROM audit_seals") < 40:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    assert broken() == 0
    yield
    sealer.cancel()
    await asyncio.gather(sealer, return_exceptions=True)
    AUDIT_BROKEN.set(0)


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE event_log SET actor = 'somebody else' WHERE position = 13",
        "DELETE FROM event_log WHERE position = 40",
        "DELETE FROM audit_seals WHERE sequence > 38",
        "UPDATE audit_seals SET row_hash = sha256('') WHERE sequence = 1",
    ],
)
@pytest.mark.usefixtures("sealing")
async def test_tampering_under_its_eyes_raises_the_alarm(superuser: Connection, deed: str) -> None:
    await superuser.execute(deed)

    async with asyncio.timeout(20):
        while broken() != 1:
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("sealing")
async def test_a_database_that_comes_back_from_the_past_raises_the_alarm(superuser: Connection) -> None:
    await superuser.execute("DELETE FROM event_log WHERE position > 20; DELETE FROM audit_seals WHERE sequence > 20")
    await superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async with asyncio.timeout(20):
        while broken() != 1:
            await asyncio.sleep(0.02)
