"""The processes that are hurt: an api, a relay and a worker of the kit, broken if told so."""

import asyncio
import os
import threading
import time
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from pydantic import Field
from starlette.applications import Starlette

from shared.events.candidature import CandidatureStarted
from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit import kafka
from shared.kit.access import Role, Rule, Rules
from shared.kit.api import Created, Now, Once, StrictModel, Work, create_api_app, problems, requires, router
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers
from shared.kit.deadlines import Deadline
from shared.kit.identity import new_id
from shared.kit.park import Backoff
from shared.kit.refusals import Invalid, Stale
from shared.kit.relay import Relay
from shared.kit.settings import Settings, load
from shared.kit.unit_of_work import SqlUnitOfWork
from shared.kit.worker import create_worker_app
from tests.faults import broken

TABLES = """
CREATE TABLE candidature.accounts (id uuid PRIMARY KEY, version integer NOT NULL);
CREATE TABLE candidature.relay_cursor (last bigint NOT NULL);
CREATE TABLE selection.effects (position bigint GENERATED ALWAYS AS IDENTITY, subject uuid NOT NULL,
    version integer NOT NULL, trace text, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE selection.parkings (topic text, partition integer, record_offset bigint,
    at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE FUNCTION selection.note_parking() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO selection.parkings VALUES (new.topic, new.partition, new.record_offset); RETURN NULL; END $$;
CREATE TRIGGER note AFTER INSERT ON selection.parked FOR EACH ROW EXECUTE FUNCTION selection.note_parking();
GRANT ALL ON candidature.accounts, candidature.relay_cursor TO qmi_candidature;
GRANT ALL ON selection.effects, selection.parkings TO qmi_selection;
"""
RULES: Rules = {"entry.make": Rule({Role.PROGRAMME}, "any")}
SESSION_SECONDS = 6.0
TRIES = 5
REMINDER = "reminder"

entries = router("/v1/accounts", tags=["Comptes"])


class NewEntry(StrictModel):
    """A line of an account; its number tells the command from all others of the account."""

    number: Annotated[int, Field(ge=1)]


@entries.post("/{account_id}/entries", status_code=201, dependencies=[requires("entry.make")], responses=problems(409))
async def make(account_id: UUID, body: NewEntry, work: Work[SqlUnitOfWork], once: Once, now: Now) -> Created:
    """Écrire une ligne; une sur deux comme le ferait une route qui reçoit un fichier."""
    if body.number % 2:
        await once.recall()
    created = Created(id=new_id())
    once.answers(work, created)
    await enter(work, account_id, body.number, now)
    return created


async def enter(work: SqlUnitOfWork, account: UUID, number: int, now: datetime, *, hold: float = 0.0) -> None:
    """The business transaction: the next version of an account, and the event that says so."""
    async with work:
        version = await work.connection.fetchval("SELECT version FROM accounts WHERE id = $1", account)
        if version is None:
            done = await work.connection.execute("INSERT INTO accounts VALUES ($1, 1) ON CONFLICT DO NOTHING", account)
        else:
            done = await work.connection.execute(
                "UPDATE accounts SET version = version + 1 WHERE id = $1 AND version = $2", account, version
            )
        if done.endswith(" 0"):
            raise Stale
        await work.publish(account, entered(account, number, now))
        if reminds(number):
            await work.deadlines.set(reminded(account, number), REMINDER, now + timedelta(seconds=1))
        await asyncio.sleep(hold)


def entered(account: UUID, number: int, now: datetime) -> CandidatureStarted:
    """The event of a line; its number travels as the edition."""
    return CandidatureStarted(
        candidature_id=account, call_id=UUID(int=1), edition=number, commune="93001", started_at=now
    )


def is_refused(number: int) -> bool:
    """Whether the handler refuses this command for good."""
    return number % 100 == 49


async def fails(message: Envelope, work: SqlUnitOfWork, number: int) -> bool:
    """Whether the handler breaks on this command: at its first two tries, or until it has died and was given back."""
    if number % 100 != 24 and not may_die(number):
        return False
    parked = await work.connection.fetchrow(
        "SELECT attempts, reason FROM parked WHERE message_id = $1", str(message.id)
    )
    if may_die(number):
        return parked is None or parked["reason"] != "redriven"
    return parked is None or parked["attempts"] < 2


def may_die(number: int) -> bool:
    """Whether this command dies of a bug, which is mended by the time somebody gives it back."""
    return number in (74, 174, 274)


def reminds(number: int) -> bool:
    """Whether this command sets a deadline."""
    return number % 20 == 10


def reminded(account: UUID, number: int) -> UUID:
    """The account that the deadline of a command opens."""
    return uuid5(account, str(number))


def lines(account: UUID) -> tuple[int, ...]:
    """What a deadline writes in the account it opens: of every eighth, three messages die and leave a fourth."""
    return ((1,), (24, 2, 3), (74, 174, 274, 4), *((1,) for _ in range(5)))[account.int % 8]


async def remind(deadline: Deadline, work: SqlUnitOfWork, clock: Clock) -> None:
    """What a deadline does; of every fourth it fails for a second."""
    account, now = deadline.aggregate_id, await clock.now()
    if account.int % 4 == 0 and now - deadline.due_at < timedelta(seconds=1):
        raise RuntimeError("not yet")
    for number in lines(account):
        await enter(work, account, number, now)


async def write_effect(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
    """One effect per message, in the transaction of the claim; slow enough for a kill to fall in the middle."""
    number = getattr(message.data, "edition", 0)
    if is_refused(number):
        raise Invalid("refused for good")
    if await fails(message, work, number):
        raise RuntimeError("not yet")
    await asyncio.sleep(0.001)
    trace = (message.traceparent or "--").split("-")[1]
    await work.connection.execute(
        "INSERT INTO effects (subject, version, trace) VALUES ($1, $2, $3)", message.subject, message.sequence, trace
    )


def create_api() -> FastAPI:
    """The api of candidature."""
    _prepare()
    return create_api_app(
        settings=load(Settings, service="candidature"),
        routers=[entries],
        access=RULES,
        work_factory=SqlUnitOfWork,
        title="Comptes",
        description="Le service des pannes.",
    )


def create_relay() -> Starlette:
    """The worker of candidature, which hears nothing."""
    _prepare()
    # Pages and batches small enough to be filled: one follows another only then. No argument leads there either.
    kafka._BATCH_BYTES = 500
    defaults = Relay.__init__.__kwdefaults__
    assert defaults
    assert "page" in defaults
    defaults["page"] = 5
    silent: Subscribers[SqlUnitOfWork] = Subscribers("candidature")
    return create_worker_app(
        settings=load(Settings, service="candidature"),
        subscribers=silent,
        clocks={REMINDER: remind},
        work_factory=SqlUnitOfWork,
    )


def create_worker() -> Starlette:
    """The worker of selection."""
    _prepare()
    _shorten_sessions()
    # Dead after two or three seconds, not after hours; no argument leads there.
    Backoff.__init__.__defaults__ = (0.1, 2.0, 600.0, TRIES)
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers(os.environ["QMI_FAULTS_GROUP"])
    subscribers.on(CANDIDATURE_EVENTS)(write_effect)
    return create_worker_app(
        settings=load(Settings, service="selection"), subscribers=subscribers, clocks={}, work_factory=SqlUnitOfWork
    )


def _prepare() -> None:
    broken.install(os.environ.get("QMI_FAULTS_VARIANT", ""))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """Never outlive the run, even one that was killed."""
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(1)


def _shorten_sessions() -> None:
    """So that being frozen longer than a session does not take half of the run."""
    whole = KafkaBroker.subscriber

    def subscriber(self: KafkaBroker, *topics: Any, **options: Any) -> Any:
        options |= {"session_timeout_ms": int(SESSION_SECONDS * 1000), "heartbeat_interval_ms": 1500}
        return whole(self, *topics, **options)

    KafkaBroker.subscriber = subscriber  # type: ignore[method-assign,assignment]
