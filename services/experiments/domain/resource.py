"""What an experiment asks of the commune: public space, technical services, partners (R111)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Self
from uuid import UUID

from services.experiments.domain.errors import RequestClosed
from shared.events.types import ResourceKind


class RequestStatus(StrEnum):
    """Where a resource request stands."""

    REQUESTED = "requested"
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Mapping[RequestStatus, frozenset[RequestStatus]] = MappingProxyType(
    {
        RequestStatus.REQUESTED: frozenset({RequestStatus.GRANTED, RequestStatus.WITHDRAWN}),
        RequestStatus.GRANTED: frozenset(),
        RequestStatus.WITHDRAWN: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """One thing requested, granted by the commune or withdrawn by who runs the programme."""

    id: UUID
    kind: ResourceKind
    description: str
    requested_at: datetime
    status: RequestStatus = RequestStatus.REQUESTED
    answered_at: datetime | None = None

    @property
    def pending(self) -> bool:
        """Whether the launch waits for it."""
        return self.status is RequestStatus.REQUESTED

    def answer(self, status: RequestStatus, *, at: datetime) -> Self:
        """Grant or withdraw it, once."""
        if status not in TRANSITIONS[self.status]:
            raise RequestClosed
        return replace(self, status=status, answered_at=at)
