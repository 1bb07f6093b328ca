"""The parking lots of the services: what waits in them, hurried or given up."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.operations.letters import Progress
from deploy.operations.transactions import Act, has_operations, schema_of
from shared.kit.dead_letters import DeadLetters
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.parking_lot import Waiting, Wanted, give_up, retry_now, waiting

# As in the workers: a record and the reasons of its death.
LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A parked message and the service in whose schema it waits."""

    service: str
    message: Waiting

    @property
    def ref(self) -> str:
        """How a person names it: service:number."""
        return f"{self.service}:{self.message.id}"


async def find(owner_dsn: str, services: Sequence[str], wanted: Wanted) -> list[Place]:
    """What is meant, service by service, oldest first."""
    found: list[Place] = []
    for service in services:
        async with schema_of(owner_dsn, service) as connection:
            if await has_operations(connection):
                found += [Place(service, message) for message in await waiting(connection, wanted)]
    return found[: wanted.limit]


async def retry(owner_dsn: str, service: str, messages: Sequence[Waiting], act: Act) -> list[tuple[Waiting, str]]:
    """Make these due at once; what was handled meanwhile is « gone »."""
    async with schema_of(owner_dsn, service) as connection, act.transaction(connection):
        due = set(await retry_now(connection, messages))
    return [(message, "due" if message.id in due else "gone") for message in messages]


async def discard(
    access: KafkaAccess,
    owner_dsn: str,
    service: str,
    messages: Sequence[Waiting],
    act: Act,
    progress: Progress,
    *,
    because: str,
) -> list[tuple[Waiting, str]]:
    """Send these to the dead-letter topic, each in its transaction; what is being tried or was handled is « gone »."""
    if act.dry_run:
        return [(message, "discarded") for message in messages]
    done: list[tuple[Waiting, str]] = []
    dead_letters = DeadLetters(lambda: producer(access, "qmi-parked-discard", largest=LARGEST), act.group)
    try:
        async with schema_of(owner_dsn, service) as connection:
            for message in messages:
                async with act.transaction(connection):
                    gone = not await give_up(connection, message, dead_letters, because=because)
                done.append((message, "gone" if gone else "discarded"))
                progress(len(done), len(messages))
    finally:
        await dead_letters.stop()
    return done
