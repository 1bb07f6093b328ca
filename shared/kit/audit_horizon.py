"""Up to which position the log can no longer change: proven from the writers' locks, without ever blocking one."""

from shared.kit.database import Connection

_WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND relation = 'event_log'::regclass
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""


class Horizon:
    """Proves that every position up to some point is visible by now, or never will be.

    A position is taken from the sequence by a transaction that already holds ROW EXCLUSIVE on event_log, and keeps it
    until it ends. So: read the sequence, then note who holds such a lock; once all of these have ended, whatever took a
    position up to that value has committed (and a snapshot taken from now on shows it) or is gone. CREATE INDEX
    CONCURRENTLY waits for old writers in the same way; here nobody waits, and no writer is blocked.
    """

    def __init__(self) -> None:
        self.candidate = 0
        self._writers: set[str] | None = None

    async def advance(self, connection: Connection) -> int:
        """The proven position, for snapshots taken after this call; 0 while nothing new is proven."""
        if self._writers is None:
            self.candidate = await connection.fetchval(
                "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_log_position_seq"
            )
            self._writers = await _writers(connection)
        elif self._writers:
            self._writers &= await _writers(connection)
        return 0 if self._writers else self.candidate

    def reached(self) -> None:
        """Everything up to the proven position is done: prove the next one."""
        self._writers = None


async def _writers(connection: Connection) -> set[str]:
    return {row["virtualtransaction"] for row in await connection.fetch(_WRITERS)}
