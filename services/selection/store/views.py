"""What the service shows of rounds, decisions and results, page by page."""

from uuid import UUID

from services.selection.domain.announcement import Decision
from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.proposal import Proposal
from services.selection.domain.scenario import Scenario
from services.selection.store.candidatures import candidature_of
from services.selection.store.commune_rounds import commune_round_of
from services.selection.store.decisions import decision_of
from services.selection.store.project_results import result_of
from services.selection.store.project_rounds import project_round_of
from services.selection.store.proposals import proposal_of
from services.selection.store.scenarios import scenario_of
from services.selection.usecases.read_models import ProjectResult
from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.refusals import NotFound

# $1 a member, if only the rounds of its panels are wanted; `@>` is what the indexes on panels and communes serve.
_COMMUNE_ROUNDS = """
SELECT * FROM commune_rounds WHERE ($1::jsonb IS NULL OR panel @> $1) AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
"""
_PROJECT_ROUNDS = """
SELECT * FROM project_rounds
WHERE (($1::jsonb IS NULL AND $4::text IS NULL) OR panel @> $1 OR communes @> ARRAY[$4::text])
AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
_CANDIDATURES = """
SELECT * FROM admitted_candidatures WHERE call_id = $1 AND withdrawn_at IS NULL
AND ($2::text IS NULL OR (commune, id) > ($2, $3::uuid)) ORDER BY commune, id LIMIT $4
"""
_DECISIONS = """
SELECT * FROM decisions WHERE ($1::text IS NULL OR commune = $1) AND ($2::uuid IS NULL OR candidature_id < $2)
ORDER BY candidature_id DESC LIMIT $3
"""
_RESULTS = """
SELECT * FROM project_results WHERE ($1::text IS NULL OR commune = $1 OR holder_id = $1)
AND ($2::uuid IS NULL OR proposal_id < $2) ORDER BY proposal_id DESC LIMIT $3
"""


class SqlViews:
    """The readings of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def commune_rounds(self, member_id: UUID | None, *, after: UUID | None, limit: int) -> list[CommuneRound]:
        """Rounds by descending identifier, those of one member or (None) all."""
        rows = await self._connection.fetch(_COMMUNE_ROUNDS, _seat(member_id), after, limit)
        return [commune_round_of(row) for row in rows]

    async def candidatures(self, call_id: UUID, *, after: tuple[str, UUID] | None, limit: int) -> list[Candidature]:
        """Those admitted to a call and not withdrawn, by commune and identifier, after the pair given."""
        rows = await self._connection.fetch(_CANDIDATURES, call_id, *(after or (None, None)), limit)
        return [candidature_of(row) for row in rows]

    async def decision(self, candidature_id: UUID, scope: Scope) -> Decision:
        """One; NotFound when it is not announced, or of another commune."""
        row = await self._connection.fetchrow(
            "SELECT * FROM decisions WHERE candidature_id = $1 AND ($2::text IS NULL OR commune = $2)",
            *(candidature_id, scope.owner),
        )
        if row is None:
            raise NotFound
        return decision_of(row)

    async def decisions(self, scope: Scope, *, after: UUID | None, limit: int) -> list[Decision]:
        """Announced decisions by descending candidature identifier."""
        rows = await self._connection.fetch(_DECISIONS, scope.owner, after, limit)
        return [decision_of(row) for row in rows]

    async def project_rounds(
        self, member_id: UUID | None, commune: str | None, *, after: UUID | None, limit: int
    ) -> list[ProjectRound]:
        """Rounds by descending identifier, of one juror or of one commune; all when both are None."""
        rows = await self._connection.fetch(_PROJECT_ROUNDS, _seat(member_id), after, limit, commune)
        return [project_round_of(row) for row in rows]

    async def proposals(self, call_id: UUID, *, after: UUID | None, limit: int) -> list[Proposal]:
        """Those admitted to a call, by identifier."""
        rows = await self._connection.fetch(
            "SELECT * FROM admitted_proposals WHERE call_id = $1 AND ($2::uuid IS NULL OR id > $2)"
            " ORDER BY id LIMIT $3",
            *(call_id, after, limit),
        )
        return [proposal_of(row) for row in rows]

    async def scenarios(self, round_id: UUID, *, after: UUID | None, limit: int) -> list[Scenario]:
        """The scenarios of a round by descending identifier."""
        rows = await self._connection.fetch(
            "SELECT * FROM scenarios WHERE round_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
            *(round_id, after, limit),
        )
        return [scenario_of(row) for row in rows]

    async def project_results(self, scope: Scope, *, after: UUID | None, limit: int) -> list[ProjectResult]:
        """By descending proposal identifier; a scope sees what it carries and what it receives."""
        rows = await self._connection.fetch(_RESULTS, scope.owner, after, limit)
        return [result_of(row) for row in rows]


def _seat(member_id: UUID | None) -> dict[str, list[dict[str, str]]] | None:
    return {"members": [{"id": str(member_id)}]} if member_id else None
