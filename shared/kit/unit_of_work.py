"""One use case, one transaction: repositories, events, deadlines and the answer commit together or not at all."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import asyncpg

from shared.events.base import Event
from shared.kit import outbox
from shared.kit.database import Connection, Database
from shared.kit.provenance import Provenance

Hook = Callable[[Connection], Awaitable[None]]


@dataclass
class Joined:
    """A transaction somebody else commits, and whether the work that joined it left something in the outbox."""

    connection: Connection
    published: bool = False


class SqlDeadlines:
    """The deadlines of a service, in the transaction of the state they belong to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def set(self, aggregate_id: UUID, kind: str, due_at: datetime) -> None:
        """Set, or move, the deadline of this kind; a moved one may fire again."""
        await self._connection.execute(
            "INSERT INTO deadlines (aggregate_id, kind, due_at) VALUES ($1, $2, $3) ON CONFLICT (aggregate_id, kind)"
            " DO UPDATE SET due_at = excluded.due_at, attempts = 0, next_attempt_at = NULL, last_error = NULL",
            aggregate_id,
            kind,
            due_at,
        )

    async def cancel(self, aggregate_id: UUID, kind: str) -> None:
        """Forget it; nothing happens if there is none."""
        await self._connection.execute(
            "DELETE FROM deadlines WHERE aggregate_id = $1 AND kind = $2", aggregate_id, kind
        )


class SqlUnitOfWork:
    """Opens a transaction on entry and commits on a clean exit; `bind` makes the repositories of the service.

    With `joined`, it takes part in a transaction somebody else commits: that of the inbox claim or of a deadline.
    Hooks given to `on_begin` run inside the transaction, right after it opens.
    """

    connection: Connection

    def __init__(self, database: Database, provenance: Provenance, *, joined: Joined | None = None) -> None:
        self._database = database
        self._joined = joined
        self._begin_hooks: list[Hook] = []
        self._published = False
        self._transaction: Any = None
        self._lease: Any = None
        self.provenance = provenance
        if joined is not None:
            self.connection = joined.connection
            self.bind(joined.connection)

    def bind(self, connection: Connection) -> None:
        """Make the repositories on this connection; overridden by each service."""

    def on_begin(self, hook: Hook) -> None:
        """Run `hook` in the transaction as soon as it is open; it may refuse by raising."""
        self._begin_hooks.append(hook)

    @property
    def deadlines(self) -> SqlDeadlines:
        """The deadlines of this service, in this transaction."""
        return SqlDeadlines(self.connection)

    async def __aenter__(self) -> Self:
        """Begin, or join."""
        if self._joined is not None:
            return self
        self._lease = self._database.connection()
        self.connection = await self._lease.__aenter__()
        self._transaction = self.connection.transaction()
        try:
            await self._transaction.start()
            self.bind(self.connection)
            for hook in self._begin_hooks:
                await hook(self.connection)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back; a joined one leaves both to whoever opened the transaction."""
        if self._joined is not None:
            return
        try:
            await (self._commit() if error is None else self._roll_back())
        finally:
            await self._lease.__aexit__(kind, error, trace)
        if error is None and self._published:
            self._database.published()

    async def publish(self, aggregate_id: UUID, event: Event) -> None:
        """Log the event as the aggregate's next version and hand it to the outbox, in this transaction."""
        await outbox.append(self.connection, aggregate_id, event, self.provenance)
        self._note_published()

    async def publish_state(self, key: UUID, message: Event) -> None:
        """Hand the state of a compacted topic's key to the outbox; it never enters the log."""
        await outbox.append_state(self.connection, key, message, self.provenance)
        self._note_published()

    async def record(self, action: str, subject: UUID, detail: Mapping[str, str]) -> None:
        """Put an access or a refusal on the record, in this transaction."""
        await self.connection.execute(
            "INSERT INTO access_log (actor, organisation, action, subject, detail) VALUES ($1, $2, $3, $4, $5)",
            self.provenance.actor,
            self.provenance.organisation,
            action,
            subject,
            dict(detail),
        )

    async def _commit(self) -> None:
        await self._transaction.commit()

    async def _roll_back(self) -> None:
        # It may never have begun, or its connection may be lost: then the pool cleans up, and the reason is not hidden.
        with suppress(asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            await self._transaction.rollback()

    def _note_published(self) -> None:
        self._published = True
        if self._joined is not None:
            self._joined.published = True
