"""What the routes of this service share."""

from datetime import datetime
from uuid import UUID

from services.notifications.usecases import ports
from services.notifications.usecases.read_models import Place
from shared.kit.api import Work as UnitOfWork
from shared.kit.api.deps import PageRequest

Work = UnitOfWork[ports.Work]


def place_of(paging: PageRequest) -> Place | None:
    """Where the previous page of a list ordered by time ended."""
    if paging.after is None:
        return None
    planned_at, identifier = paging.after
    return datetime.fromisoformat(str(planned_at)), UUID(str(identifier))
