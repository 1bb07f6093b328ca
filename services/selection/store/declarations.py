"""The declarations of interests, in the table `declarations`."""

from collections.abc import Collection
from uuid import UUID

import asyncpg

from services.selection.domain.declaration import Declaration
from shared.kit.database import Connection


def _declaration(row: asyncpg.Record) -> Declaration:
    return Declaration(
        round_id=row["round_id"],
        file_id=row["file_id"],
        member_id=row["member_id"],
        conflict=row["conflict"],
        automatic=row["automatic"],
        reason=row["reason"],
        declared_at=row["declared_at"],
        lifted_at=row["lifted_at"],
        lifted_by=row["lifted_by"],
        lift_reason=row["lift_reason"],
    )


class SqlDeclarations:
    """The declarations of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, round_id: UUID, file_id: UUID, member_id: UUID) -> Declaration | None:
        """What a member last said of a file."""
        row = await self._connection.fetchrow(
            "SELECT * FROM declarations WHERE round_id = $1 AND file_id = $2 AND member_id = $3",
            *(round_id, file_id, member_id),
        )
        return _declaration(row) if row else None

    async def of_round(self, round_id: UUID) -> dict[tuple[UUID, UUID], Declaration]:
        """(file, member) -> what was last said."""
        rows = await self._connection.fetch("SELECT * FROM declarations WHERE round_id = $1", round_id)
        return {(row["file_id"], row["member_id"]): _declaration(row) for row in rows}

    async def by(self, round_id: UUID, member_id: UUID, files: Collection[UUID]) -> dict[UUID, Declaration]:
        """File -> what one member last said of it, for these files."""
        rows = await self._connection.fetch(
            "SELECT * FROM declarations WHERE round_id = $1 AND member_id = $2 AND file_id = ANY($3::uuid[])",
            *(round_id, member_id, list(files)),
        )
        return {row["file_id"]: _declaration(row) for row in rows}

    async def save(self, declaration: Declaration) -> None:
        """What is said now."""
        await self._connection.execute(
            "INSERT INTO declarations (round_id, file_id, member_id, conflict, automatic, reason, declared_at,"
            " lifted_at, lifted_by, lift_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT (round_id, file_id, member_id) DO UPDATE SET conflict = excluded.conflict,"
            " automatic = excluded.automatic, reason = excluded.reason, declared_at = excluded.declared_at,"
            " lifted_at = excluded.lifted_at, lifted_by = excluded.lifted_by, lift_reason = excluded.lift_reason",
            *(declaration.round_id, declaration.file_id, declaration.member_id, declaration.conflict),
            *(declaration.automatic, declaration.reason, declaration.declared_at, declaration.lifted_at),
            *(declaration.lifted_by, declaration.lift_reason),
        )
