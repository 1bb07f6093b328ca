"""The unit of work of the service: the kit's, with its own repositories."""

from services.notifications.store.contacts import SqlContacts
from services.notifications.store.deliveries import SqlDeliveries
from services.notifications.store.feed import SqlFeed
from services.notifications.store.notifications import SqlNotifications
from services.notifications.store.plans import SqlPlans
from services.notifications.store.views import SqlViews
from services.notifications.usecases.ports import Letters
from shared.kit.database import Connection, Database
from shared.kit.provenance import Provenance
from shared.kit.unit_of_work import Joined, SqlUnitOfWork


class SqlWork(SqlUnitOfWork):
    """One transaction on the schema `notifications`."""

    contacts: SqlContacts
    plans: SqlPlans
    notifications: SqlNotifications
    deliveries: SqlDeliveries
    feed: SqlFeed
    views: SqlViews

    def __init__(
        self, database: Database, provenance: Provenance, *, joined: Joined | None = None, letters: Letters
    ) -> None:
        super().__init__(database, provenance, joined=joined)
        self.letters = letters

    def bind(self, connection: Connection) -> None:
        """Make the repositories on this connection."""
        self.contacts = SqlContacts(connection)
        self.plans = SqlPlans(connection)
        self.notifications = SqlNotifications(connection, self.provenance.traceparent)
        self.deliveries = SqlDeliveries(connection)
        self.feed = SqlFeed(connection)
        self.views = SqlViews(connection)
