"""What a use case may ask of the world; pure, so that use cases and fakes share it."""

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from shared.events.base import Event


class Deadlines(Protocol):
    """Clocks set in the same transaction as the state they belong to; unique per (aggregate, kind)."""

    async def set(self, aggregate_id: UUID, kind: str, due_at: datetime) -> None:
        """Set, or move, the deadline of this kind."""
        ...

    async def cancel(self, aggregate_id: UUID, kind: str) -> None:
        """Forget it: a transition made it moot."""
        ...


class UnitOfWork(Protocol):
    """One transaction: commits when the block ends without exception, rolls back otherwise."""

    @property
    def deadlines(self) -> Deadlines:
        """The deadlines of this service."""
        ...

    async def __aenter__(self) -> Self:
        """Begin."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit or roll back."""
        ...

    async def publish(self, aggregate_id: UUID, event: Event) -> None:
        """Log the event as the aggregate's next version and hand it to the outbox, in this transaction."""
        ...

    async def publish_state(self, key: UUID, message: Event) -> None:
        """Hand the current state of a compacted topic's key to the outbox; it never enters the log."""
        ...

    async def record(self, action: str, subject: UUID, detail: Mapping[str, str]) -> None:
        """Put an access or a refusal on the record, in this transaction."""
        ...
