"""The calls, in the table `calls`; their questions in `question_sets`, one row per version."""

from uuid import UUID

import asyncpg

from services.candidature.domain.call import Call, CallStatus
from services.candidature.domain.errors import CallAlreadyExists
from services.candidature.domain.questions import QuestionSet
from services.candidature.store.codecs import QUESTIONS, TERMS, to_json
from shared.kit.database import Connection
from shared.kit.refusals import NotFound, Stale

SELECT = """
SELECT calls.id, status, terms, questions_version, calls.version, questions
FROM calls JOIN question_sets ON call_id = calls.id AND question_sets.version = questions_version
"""


def call_of(row: asyncpg.Record) -> Call:
    """A call from its row, as selected by SELECT."""
    return Call(
        id=row["id"],
        terms=TERMS.validate_python(row["terms"]),
        questions=QuestionSet(row["questions_version"], QUESTIONS.validate_python(row["questions"])),
        status=CallStatus(row["status"]),
        version=row["version"],
    )


class SqlCalls:
    """The calls of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, call_id: UUID) -> Call:
        """A call to change: nobody else changes it until the transaction ends."""
        return await self._locked(call_id, "FOR UPDATE")

    async def hold(self, call_id: UUID) -> Call:
        """A call to rely on: it does not close until the transaction ends."""
        return await self._locked(call_id, "FOR SHARE")

    async def read(self, call_id: UUID) -> Call:
        """A call as it is now."""
        row = await self._connection.fetchrow(f"{SELECT} WHERE calls.id = $1", call_id)
        if row is None:
            raise NotFound
        return call_of(row)

    async def add(self, call: Call) -> None:
        """A new call."""
        terms = call.terms
        await self._connection.execute(
            "INSERT INTO calls (id, edition, kind, wave, status, opens_at, closes_at, terms, questions_version,"
            " version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            *(call.id, terms.edition, terms.kind, terms.wave, call.status, terms.opens_at, terms.closes_at),
            *(to_json(TERMS, terms), call.questions.version, call.version),
        )
        await self._keep_questions(call)

    async def save(self, call: Call) -> int:
        """A changed call; returns its new version, or raises Stale or CallAlreadyExists."""
        terms = call.terms
        try:
            version: int | None = await self._connection.fetchval(
                "UPDATE calls SET edition = $3, wave = $4, status = $5, opens_at = $6, closes_at = $7, terms = $8,"
                " questions_version = $9, version = version + 1 WHERE id = $1 AND version = $2 RETURNING version",
                *(call.id, call.version, terms.edition, terms.wave, call.status, terms.opens_at, terms.closes_at),
                *(to_json(TERMS, terms), call.questions.version),
            )
        except asyncpg.UniqueViolationError as error:
            raise CallAlreadyExists from error
        if version is None:
            raise Stale
        await self._keep_questions(call)
        return version

    async def questions(self, call_id: UUID, version: int) -> QuestionSet:
        """The questions of a call in one version."""
        questions = await self._connection.fetchval(
            "SELECT questions FROM question_sets WHERE call_id = $1 AND version = $2", call_id, version
        )
        if questions is None:
            raise NotFound
        return QuestionSet(version, QUESTIONS.validate_python(questions))

    async def _locked(self, call_id: UUID, lock: str) -> Call:
        # Lock, then read: one who waited would otherwise join the new call to the questions it saw before waiting.
        await self._connection.execute(f"SELECT FROM calls WHERE id = $1 {lock}", call_id)
        return await self.read(call_id)

    async def _keep_questions(self, call: Call) -> None:
        # A version is written once: dossiers are pinned to it.
        await self._connection.execute(
            "INSERT INTO question_sets (call_id, version, questions) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            *(call.id, call.questions.version, to_json(QUESTIONS, call.questions.questions)),
        )
