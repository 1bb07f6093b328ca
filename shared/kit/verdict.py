"""What a failure says of a message: wait with it, park it, or bury it."""

import asyncpg

from shared.events.envelope import BadEnvelope
from shared.kit.database import COLLISIONS, UNREACHABLE, Connection
from shared.kit.dead_letters import DeadLettersUnavailable
from shared.kit.outbox import VersionTaken
from shared.kit.refusals import NotFound, Refusal, Stale

# Nobody's fault: what something is down for is waited for.
WAIT_FOR: tuple[type[BaseException], ...] = (*UNREACHABLE, DeadLettersUnavailable)
# Among those, what a bug raises as well: a driver misused, a file that is not there.
_AMBIGUOUS: tuple[type[BaseException], ...] = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    FileExistsError,
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)


def _is_lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # The pool has already taken back a connection that was lost.
        return True


def is_outage(error: BaseException, connection: Connection) -> bool:
    """Whether what code raised while working on a connection is the infrastructure's doing, and no bug of its own."""
    return _is_lost(connection) if isinstance(error, _AMBIGUOUS) else isinstance(error, UNREACHABLE)


def is_final(error: Exception) -> bool:
    """Whether the message can never work: a refusal is an answer, unless it may be a matter of order."""
    return isinstance(error, Refusal) and not isinstance(error, (NotFound, Stale))


def slug(error: Exception) -> str:
    """The reason on a dead letter, one of few."""
    if isinstance(error, BadEnvelope):
        return error.reason
    return error.slug if isinstance(error, Refusal) else "handler-failed"


def explanation(error: Exception) -> str:
    """The reason for people, kept with what is parked."""
    if isinstance(error, (VersionTaken, *COLLISIONS)):
        return "collision"
    return f"{type(error).__name__}: {error}"
