"""What somebody reports from the field while the experiment runs (R083)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FieldReport:
    """A dated account of what was seen, by an organisation."""

    id: UUID
    experiment_id: UUID
    reported_on: date
    summary: str
    observations: str
    organisation: str | None
    recorded_at: datetime
