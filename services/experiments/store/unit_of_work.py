"""The unit of work of the service: the kit's, with its own repositories."""

from services.experiments.store.agreements import SqlAgreements
from services.experiments.store.editions import SqlEditions
from services.experiments.store.experiments import SqlExperiments
from services.experiments.store.reports import SqlReports
from services.experiments.store.texts import TemplateTexts
from services.experiments.store.views import SqlViews
from shared.kit.database import Connection
from shared.kit.unit_of_work import SqlUnitOfWork


class SqlWork(SqlUnitOfWork):
    """One transaction on the schema `experiments`."""

    editions: SqlEditions
    agreements: SqlAgreements
    texts: TemplateTexts
    experiments: SqlExperiments
    reports: SqlReports
    views: SqlViews

    def bind(self, connection: Connection) -> None:
        """Make the repositories on this connection."""
        self.editions = SqlEditions(connection)
        self.agreements = SqlAgreements(connection)
        self.texts = TemplateTexts()
        self.experiments = SqlExperiments(connection)
        self.reports = SqlReports(connection)
        self.views = SqlViews(connection)
