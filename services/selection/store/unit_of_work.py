"""The unit of work of the service: the kit's, with its own repositories."""

from services.selection.store.candidatures import SqlCandidatures
from services.selection.store.commune_rounds import SqlCommuneRounds
from services.selection.store.decisions import SqlDecisions
from services.selection.store.declarations import SqlDeclarations
from services.selection.store.interests import SqlInterests
from services.selection.store.jury_scores import SqlJuryScores
from services.selection.store.project_results import SqlProjectResults
from services.selection.store.project_rounds import SqlProjectRounds
from services.selection.store.proposals import SqlProposals
from services.selection.store.reviews import SqlReviews
from services.selection.store.scenarios import SqlScenarios
from services.selection.store.views import SqlViews
from shared.kit.database import Connection
from shared.kit.unit_of_work import SqlUnitOfWork


class SqlWork(SqlUnitOfWork):
    """One transaction on the schema `selection`."""

    commune_rounds: SqlCommuneRounds
    candidatures: SqlCandidatures
    declarations: SqlDeclarations
    reviews: SqlReviews
    decisions: SqlDecisions
    project_rounds: SqlProjectRounds
    proposals: SqlProposals
    jury_scores: SqlJuryScores
    interests: SqlInterests
    scenarios: SqlScenarios
    project_results: SqlProjectResults
    views: SqlViews

    def bind(self, connection: Connection) -> None:
        """Make the repositories on this connection."""
        self.commune_rounds = SqlCommuneRounds(connection)
        self.candidatures = SqlCandidatures(connection)
        self.declarations = SqlDeclarations(connection)
        self.reviews = SqlReviews(connection)
        self.decisions = SqlDecisions(connection)
        self.project_rounds = SqlProjectRounds(connection)
        self.proposals = SqlProposals(connection)
        self.jury_scores = SqlJuryScores(connection)
        self.interests = SqlInterests(connection)
        self.scenarios = SqlScenarios(connection)
        self.project_results = SqlProjectResults(connection)
        self.views = SqlViews(connection)
