"""The processes that get killed: real workers of the kit, one that only sends, one that hears and keeps what it did."""

import asyncio

from starlette.applications import Starlette

from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers
from shared.kit.settings import Settings, load
from shared.kit.unit_of_work import SqlUnitOfWork
from shared.kit.worker import create_worker_app

subscribers: Subscribers[SqlUnitOfWork] = Subscribers("selection")


@subscribers.on(CANDIDATURE_EVENTS)
async def write_effect(message: Envelope, work: SqlUnitOfWork, clock: Clock) -> None:
    """One effect per message, in the transaction of the claim; slow enough for a kill to fall in the middle."""
    await asyncio.sleep(0.001)
    await work.connection.execute(
        "INSERT INTO effects (subject, version) VALUES ($1, $2)", message.subject, message.sequence
    )


def create_relay() -> Starlette:
    """`uvicorn tests.faults.processes:create_relay --factory`: the worker of candidature, which hears nothing."""
    silent: Subscribers[SqlUnitOfWork] = Subscribers("candidature")
    return create_worker_app(
        settings=load(Settings, service="candidature"), subscribers=silent, clocks={}, work_factory=SqlUnitOfWork
    )


def create_consumer() -> Starlette:
    """`uvicorn tests.faults.processes:create_consumer --factory`: the worker of selection."""
    return create_worker_app(
        settings=load(Settings, service="selection"), subscribers=subscribers, clocks={}, work_factory=SqlUnitOfWork
    )
