"""What the service shows: single things as they are, lists as summaries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.call import CallStatus
from services.candidature.domain.candidature import Status
from services.candidature.domain.dossier import Change
from services.candidature.domain.proposal import Origin, ProposalStatus
from shared.events.types import CallKind


@dataclass(frozen=True, slots=True)
class CallSummary:
    """A call in a list."""

    id: UUID
    edition: int
    kind: CallKind
    wave: int | None
    title: str
    status: CallStatus
    opens_at: datetime
    closes_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class CandidatureSummary:
    """A dossier in a list."""

    id: UUID
    call_id: UUID
    edition: int
    commune: str
    status: Status
    shared: bool
    started_at: datetime
    submitted_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class ProposalSummary:
    """A proposal in a list."""

    id: UUID
    call_id: UUID
    edition: int
    wave: int
    organisation: str
    title: str
    status: ProposalStatus
    origin: Origin
    commune: str | None
    submitted_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class NumberedChange:
    """A change with its place in the history."""

    number: int
    change: Change
