"""The unit of work of the service: the kit's, with its own repositories."""

from services.candidature.store.calls import SqlCalls
from services.candidature.store.candidatures import SqlCandidatures
from services.candidature.store.contacts import SqlContacts
from services.candidature.store.documents import SqlDocuments
from services.candidature.store.proposals import SqlProposals
from services.candidature.store.views import SqlViews
from shared.kit.database import Connection
from shared.kit.unit_of_work import SqlUnitOfWork


class SqlWork(SqlUnitOfWork):
    """One transaction on the schema `candidature`."""

    calls: SqlCalls
    candidatures: SqlCandidatures
    documents: SqlDocuments
    proposals: SqlProposals
    contacts: SqlContacts
    views: SqlViews

    def bind(self, connection: Connection) -> None:
        """Make the repositories on this connection."""
        self.calls = SqlCalls(connection)
        self.candidatures = SqlCandidatures(connection)
        self.documents = SqlDocuments(connection)
        self.proposals = SqlProposals(connection)
        self.contacts = SqlContacts(connection)
        self.views = SqlViews(connection)
