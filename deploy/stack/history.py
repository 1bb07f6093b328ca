"""Giving an empty broker back what was said: every event of every service, then the current states."""

import asyncio
import importlib
import importlib.util
from collections.abc import Iterable

from shared.kit.audit_publication import publish_again
from shared.kit.database import Database
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.republish import CurrentStates, republish


async def republish_services(owner_dsn: str, kafka: str, services: Iterable[str]) -> dict[str, int]:
    """Republish the log of each service, side by side; returns the number of events sent by service.

    Waits for the relay of a service to let go: its worker must be stopped. Raises what PostgreSQL and Kafka raise.
    """
    names = tuple(services)
    counts = await asyncio.gather(*(_republish(owner_dsn, kafka, service) for service in names))
    return dict(zip(names, counts, strict=True))


def current_states(service: str) -> CurrentStates | None:
    """`services.<service>.store.states:current_states`, which feeds the compacted topics; most services have none."""
    module = f"services.{service}.store.states"
    if importlib.util.find_spec(module) is None:
        return None
    states: CurrentStates = importlib.import_module(module).current_states
    return states


async def _republish(owner_dsn: str, kafka: str, service: str) -> int:
    access = KafkaAccess(kafka)
    database = Database(owner_dsn, service)
    await _checkpoints_again(database)
    return await republish(
        database,
        lambda: producer(access, f"qmi-republish-{service}"),
        states=current_states(service),
    )


async def _checkpoints_again(database: Database) -> None:
    connection = await database.connect()
    try:
        await publish_again(connection)
    finally:
        await connection.close()
