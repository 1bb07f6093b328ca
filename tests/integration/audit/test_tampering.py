"""What a superuser does to a log behind everybody's back is found, named, and visible from outside."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from deploy.audit.database import verify
from deploy.commands.audit import app
from shared.kit.audit_verification import Fault, Finding
from shared.kit.database import Connection as Superuser
from shared.kit.database import Database
from tests.infrastructure.databases import OwnDatabase
from tests.integration.audit.conftest import KEY, KEYS, SERVICE, fill, seal

SERVICES = (SERVICE,)


@pytest.fixture
def public_key(tmp_path: Path) -> Path:
    """What an outsider was given."""
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [KEY.public()]}))
    return file


async def identity(superuser: Superuser, position: int) -> tuple[int, UUID, UUID, int]:
    """Who is at this position."""
    row = await superuser.fetchrow("SELECT id, aggregate_id, version FROM event_log WHERE position = $1", position)
    assert row is not None
    return position, row["id"], row["aggregate_id"], row["version"]


def named(finding: Finding) -> tuple[int | None, UUID | None, UUID | None, int | None]:
    """Who a finding is about."""
    return finding.position, finding.event_id, finding.aggregate_id, finding.version


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE event_log SET data = '{\"n\":  12}' WHERE position = 13", Fault.ALTERED),
        ("UPDATE event_log SET actor = 'somebody else' WHERE position = 13", Fault.ALTERED),
        ("UPDATE event_log SET version = 99 WHERE position = 13", Fault.ALTERED),
        (
            "UPDATE event_log SET recorded_at = recorded_at - interval '1 microsecond' WHERE position = 13",
            Fault.ALTERED,
        ),
        ("DELETE FROM event_log WHERE position = 13", Fault.MISSING),
    ],
)
async def test_the_row_that_was_touched_is_named(
    database: OwnDatabase, service: Database, superuser: Superuser, statement: str, fault: Fault
) -> None:
    await fill(superuser, 40)
    await seal(service)
    victim = await identity(superuser, 13)

    await superuser.execute(statement)
    report = await verify(database.admin_dsn, SERVICE, KEYS)

    assert [(finding.fault, named(finding)) for finding in report.findings] == [(fault, victim)]


async def test_the_rows_of_a_deleted_tail_are_named(
    database: OwnDatabase, service: Database, superuser: Superuser
) -> None:
    await fill(superuser, 40)
    await seal(service)
    victims = [await identity(superuser, position) for position in (39, 40)]

    await superuser.execute("DELETE FROM event_log WHERE position > 38")
    report = await verify(database.admin_dsn, SERVICE, KEYS)

    assert [(finding.fault, named(finding)) for finding in report.findings] == [
        (Fault.MISSING, victim) for victim in victims
    ]


async def test_a_row_put_where_a_transaction_had_rolled_back_is_named(
    database: OwnDatabase, service: Database, superuser: Superuser
) -> None:
    await fill(superuser, 10)
    await superuser.execute("SELECT nextval('event_log_position_seq')")
    await fill(superuser, 10)
    await seal(service, batch=8)
    await fill(superuser, 7)
    await seal(service)
    await superuser.execute(
        "INSERT INTO event_log (position, id, aggregate_id, version, type, data, actor, correlation_id, occurred_at)"
        " OVERRIDING SYSTEM VALUE"
        " VALUES (11, gen_random_uuid(), gen_random_uuid(), 1, 'x', '{}', 'x', gen_random_uuid(), now())"
    )
    forged = await identity(superuser, 11)
    assert await seal(service) == 0

    report = await verify(database.admin_dsn, SERVICE, KEYS)

    assert [(finding.fault, named(finding)) for finding in report.findings] == [(Fault.INSERTED, forged)]


async def _restore_the_past(superuser: Superuser) -> None:
    await superuser.execute(
        "DELETE FROM event_log WHERE position > 20; DELETE FROM audit_seals WHERE sequence > 20;"
        "DELETE FROM audit_checkpoints WHERE sequence > 20"
    )


async def _rewrite_everything(superuser: Superuser) -> None:
    await superuser.execute(
        "UPDATE event_log SET actor = 'somebody else' WHERE position = 13;"
        "DELETE FROM audit_seals; DELETE FROM audit_checkpoints"
    )


@pytest.mark.parametrize(
    ("deed", "fault"), [(_restore_the_past, Fault.TRUNCATED), (_rewrite_everything, Fault.DIVERGED)]
)
async def test_what_the_database_alone_cannot_tell_is_told_by_checkpoints_kept_elsewhere(
    database: OwnDatabase,
    service: Database,
    superuser: Superuser,
    deed: Callable[[Superuser], Awaitable[None]],
    fault: Fault,
) -> None:
    await fill(superuser, 20)
    await seal(service)
    await fill(superuser, 20)
    await seal(service)
    kept = [row["jws"] for row in await superuser.fetch("SELECT jws FROM audit_checkpoints")]

    await deed(superuser)
    await seal(service, sign=False)

    assert (await verify(database.admin_dsn, SERVICE, KEYS)).intact
    report = await verify(database.admin_dsn, SERVICE, KEYS, kept)
    assert [finding.fault for finding in report.findings] == [fault]


async def test_a_history_that_goes_on_from_a_restored_copy_is_found_too(
    database: OwnDatabase, service: Database, superuser: Superuser
) -> None:
    await fill(superuser, 40)
    await seal(service)
    kept = [row["jws"] for row in await superuser.fetch("SELECT jws FROM audit_checkpoints")]
    await superuser.execute("DELETE FROM audit_checkpoints")
    await _restore_the_past(superuser)
    await fill(superuser, 30)
    await seal(service)

    report = await verify(database.admin_dsn, SERVICE, KEYS, kept)

    assert [(finding.fault, finding.sequence) for finding in report.findings] == [(Fault.DIVERGED, 40)]


@pytest.mark.parametrize("hashes", [[], ["--hashes"]])
async def test_an_outsider_checks_an_export_with_the_public_key_alone(
    database: OwnDatabase,
    service: Database,
    superuser: Superuser,
    public_key: Path,
    tmp_path: Path,
    hashes: list[str],
) -> None:
    await fill(superuser, 30)
    await seal(service)
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    said = ["--service", SERVICE, "--database-url", database.admin_dsn, *hashes]

    run = CliRunner().invoke
    assert (await asyncio.to_thread(run, app, ["export", "--out", str(good), *said])).exit_code == 0
    victim = await identity(superuser, 13)
    await superuser.execute("UPDATE event_log SET data = '{}' WHERE position = 13")
    assert (await asyncio.to_thread(run, app, ["export", "--out", str(bad), *said])).exit_code == 0

    outside = ["verify", "--public-key", str(public_key), "--json", "--service", SERVICE]
    intact = await asyncio.to_thread(run, app, [*outside, "--file", str(good)])
    touched = await asyncio.to_thread(run, app, [*outside, "--file", str(bad), "--checkpoints", str(good)])

    assert (intact.exit_code, touched.exit_code) == (0, 1)
    [found] = json.loads(touched.stdout)["services"]
    assert [(finding["position"], finding["event_id"]) for finding in found["findings"]] == [(13, str(victim[1]))]
    assert json.loads(intact.stdout)["services"][0]["checkpoints"] == 1
