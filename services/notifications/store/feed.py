"""What partners may read, in the table `feed`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from services.notifications.store.contacts import ONE_AT_A_TIME
from shared.kit.database import Connection


class SqlFeed:
    """The feed, from one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def append(self, event_id: UUID, cloudevent: Mapping[str, Any]) -> None:
        """Add an event at the next position, once; positions have no gap, and are seen in order."""
        # The lock is kept until the commit: nobody can read a position while an earlier one is still to come.
        await self._connection.execute(ONE_AT_A_TIME)
        await self._connection.execute(
            "INSERT INTO feed (position, event_id, cloudevent)"
            " SELECT coalesce(max(position), 0) + 1, $1, $2 FROM feed ON CONFLICT (event_id) DO NOTHING",
            *(event_id, orjson.dumps(cloudevent).decode()),
        )
