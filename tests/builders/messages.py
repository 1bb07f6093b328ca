"""Events and records for the tests of the kit."""

from datetime import UTC, datetime
from uuid import UUID

from shared.events.candidature import CandidatureStarted
from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.database import Database
from shared.kit.identity import new_id
from shared.kit.provenance import Provenance
from shared.kit.record import Headers, Record, read
from shared.kit.unit_of_work import SqlUnitOfWork

AT = datetime(2023, 11, 14, 9, 0, tzinfo=UTC)


def a_start(candidature_id: UUID, *, edition: int = 2) -> CandidatureStarted:
    """A commune starts its dossier."""
    return CandidatureStarted(
        candidature_id=candidature_id, call_id=UUID(int=1), edition=edition, commune="93001", started_at=AT
    )


def a_record(
    subject: UUID, sequence: int = 1, *, identifier: UUID | None = None, offset: int = 0, extra: Headers = ()
) -> Record:
    """The record of a start, as it comes from the topic."""
    wire = Envelope.of(
        a_start(subject), id=identifier or new_id(), time=AT, sequence=sequence, correlation_id=UUID(int=2)
    ).to_kafka()
    return read(
        topic=CANDIDATURE_EVENTS,
        partition=0,
        offset=offset,
        timestamp=AT,
        key=wire.key,
        value=wire.value,
        headers=(*wire.headers, *extra),
    )


def a_work(database: Database) -> SqlUnitOfWork:
    """A unit of work nobody in particular asked for."""
    return SqlUnitOfWork(database, Provenance.of_system("test", at=AT))


async def say(database: Database, subject: UUID, times: int = 1) -> None:
    """Commit so many events about a subject, each in its own transaction."""
    for _ in range(times):
        async with a_work(database) as work:
            await work.publish(subject, a_start(subject))
