"""What the routes of this service share."""

from datetime import datetime
from uuid import UUID

from services.notifications.usecases import ports
from services.notifications.usecases.read_models import Place
from shared.kit.api import Paging
from shared.kit.api import Work as UnitOfWork

Work = UnitOfWork[ports.Work]


def after(paging: Paging) -> Place | None:
    """The instant and the identifier after which the page goes on."""
    if paging.after is None:
        return None
    planned_at, identifier = paging.after
    return datetime.fromisoformat(str(planned_at)), UUID(str(identifier))
