"""The unit of work of the service: the kit's, with its own repositories."""

from services.candidature.store.calls import SqlCalls
from services.candidature.store.views import SqlViews
from shared.kit.database import Connection
from shared.kit.unit_of_work import SqlUnitOfWork


class SqlWork(SqlUnitOfWork):
    """One transaction on the schema `candidature`."""

    calls: SqlCalls
    views: SqlViews

    def bind(self, connection: Connection) -> None:
        """Make the repositories on this connection."""
        self.calls = SqlCalls(connection)
        self.views = SqlViews(connection)
