"""The computed allocations, in the append-only table `scenarios`."""

from uuid import UUID

import asyncpg

from services.selection.domain.scenario import Scenario
from services.selection.store.codecs import ANSWER, REQUEST, to_json
from shared.kit.database import Connection
from shared.kit.refusals import NotFound


def scenario_of(row: asyncpg.Record) -> Scenario:
    """A scenario from its row."""
    return Scenario(
        id=row["id"],
        round_id=row["round_id"],
        request=REQUEST.validate_python(row["request"]),
        answer=ANSWER.validate_python(row["answer"]),
        shortages=row["shortages"],
        unallocated=tuple(row["unallocated"]),
        digest=row["digest"],
        computed_at=row["computed_at"],
    )


class SqlScenarios:
    """The scenarios of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, round_id: UUID, scenario_id: UUID) -> Scenario:
        """One of this round; NotFound otherwise."""
        row = await self._connection.fetchrow(
            "SELECT * FROM scenarios WHERE round_id = $1 AND id = $2", round_id, scenario_id
        )
        if row is None:
            raise NotFound
        return scenario_of(row)

    async def add(self, scenario: Scenario) -> None:
        """A new one."""
        await self._connection.execute(
            "INSERT INTO scenarios (id, round_id, request, answer, shortages, unallocated, digest, computed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            *(scenario.id, scenario.round_id, to_json(REQUEST, scenario.request), to_json(ANSWER, scenario.answer)),
            *(dict(scenario.shortages), scenario.unallocated, scenario.digest, scenario.computed_at),
        )
