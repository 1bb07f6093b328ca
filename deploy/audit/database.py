"""The chain of a service in its database, read in one read-only snapshot; the right to read is enough."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import asyncpg

from deploy.audit.evidence import believed
from shared.kit import audit_store
from shared.kit.audit_chain import entry_of
from shared.kit.audit_checkpoints import PublicKeys
from shared.kit.audit_verification import Report, Verifier
from shared.kit.database import Connection

Progress = Callable[[int, int], None]


@asynccontextmanager
async def snapshot(dsn: str, service: str) -> AsyncIterator[Connection]:
    """A read-only, unchanging view of the schema of a service."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": service, "timezone": "UTC"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        await connection.close(timeout=5)


async def verify(
    dsn: str,
    service: str,
    keys: PublicKeys | None,
    elsewhere: Iterable[str] = (),
    *,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Recompute the whole chain of a service; `elsewhere`: signed checkpoints that were kept outside the database."""
    async with snapshot(dsn, service) as connection:
        tokens = dict.fromkeys([*await audit_store.checkpoints(connection), *elsewhere])
        checkpoints, findings = believed(tokens, keys, service)
        verifier = Verifier(service, checkpoints)
        total = await connection.fetchval("SELECT coalesce(max(sequence), 0) FROM audit_seals")
        done = 0
        async for seal, row in every_seal(connection):
            verifier.seal(seal, entry_of(row) if row else None)
            done += 1
            if done % 1000 == 0:
                progress(done, total)
        async for row in audit_store.unsealed(connection):
            verifier.unsealed(entry_of(row))
    report = verifier.finish()
    for finding in findings:
        report.add(finding)
    return report


async def every_seal(connection: Connection) -> AsyncIterator[audit_store.Sealed]:
    """All the seals in order, each with the row at its position."""
    sequence = -(2**63)
    while page := await audit_store.sealed_after(connection, sequence):
        for sealed in page:
            yield sealed
        sequence = page[-1].seal.sequence
