"""The reviews, in the append-only table `reviews`: one row per version."""

from collections.abc import Collection
from uuid import UUID

import asyncpg

from services.selection.domain.review import Review
from services.selection.store.codecs import MARKS, to_json
from shared.kit.database import Connection


def _review(row: asyncpg.Record) -> Review:
    return Review(
        round_id=row["round_id"],
        candidature_id=row["candidature_id"],
        member_id=row["member_id"],
        number=row["number"],
        marks=MARKS.validate_python(row["marks"]),
        submitted_at=row["submitted_at"],
    )


class SqlReviews:
    """The reviews of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def last(self, round_id: UUID, candidature_id: UUID, member_id: UUID) -> Review | None:
        """The version that counts."""
        row = await self._connection.fetchrow(
            "SELECT * FROM reviews WHERE round_id = $1 AND candidature_id = $2 AND member_id = $3"
            " ORDER BY number DESC LIMIT 1",
            *(round_id, candidature_id, member_id),
        )
        return _review(row) if row else None

    async def of_round(self, round_id: UUID) -> list[Review]:
        """The version that counts of each."""
        rows = await self._connection.fetch(
            "SELECT DISTINCT ON (candidature_id, member_id) * FROM reviews WHERE round_id = $1"
            " ORDER BY candidature_id, member_id, number DESC",
            round_id,
        )
        return [_review(row) for row in rows]

    async def by(self, round_id: UUID, member_id: UUID, candidatures: Collection[UUID]) -> frozenset[UUID]:
        """Which of these one member has reviewed."""
        rows = await self._connection.fetch(
            "SELECT candidature_id FROM reviews WHERE round_id = $1 AND member_id = $2 AND number = 1"
            " AND candidature_id = ANY($3::uuid[])",
            *(round_id, member_id, list(candidatures)),
        )
        return frozenset(row["candidature_id"] for row in rows)

    async def add(self, review: Review) -> None:
        """A new version."""
        await self._connection.execute(
            "INSERT INTO reviews (round_id, candidature_id, member_id, number, marks, submitted_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *(review.round_id, review.candidature_id, review.member_id, review.number),
            *(to_json(MARKS, review.marks), review.submitted_at),
        )
