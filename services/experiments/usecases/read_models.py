"""What is shown, when it is not an aggregate as it stands."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.evaluation import Evaluation
from services.experiments.domain.experiment import Allocation, Experiment
from services.experiments.domain.lifecycle import Status


@dataclass(frozen=True, slots=True)
class AgreementSummary:
    """An agreement in a list."""

    id: UUID
    edition: int
    commune: str
    status: AgreementStatus
    due_on: date
    overdue: bool
    ends_in: str
    in_force_from: date | None


@dataclass(frozen=True, slots=True)
class ExperimentSummary:
    """An experiment in a list."""

    id: UUID
    allocation: Allocation
    status: Status
    site: str | None
    launched_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExperimentStanding:
    """An experiment, and where the agreement it depends on stands; None when there is none yet."""

    experiment: Experiment
    agreement: AgreementStatus | None


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluated experiment taught, shared with every laureate commune (R076)."""

    experiment_id: UUID
    allocation: Allocation
    site: str | None
    launched_at: datetime
    ended_at: datetime
    evaluation: Evaluation
    evaluated_at: datetime
