"""What the experiments service says: agreements, and the experiments they allow in the street."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from .base import Event
from .types import (
    AwareDatetime,
    Conclusion,
    Count,
    EditionNumber,
    InseeCode,
    Label,
    OrganisationId,
    Rank,
    ResourceKind,
    Sha256,
    Text,
    WaveNumber,
)


class AgreementEvent(Event):
    """A fact about the agreement (convention) that binds the Métropole and a laureate commune."""

    emitter: ClassVar[str] = "experiments"
    subject_field: ClassVar[str] = "agreement_id"

    agreement_id: UUID
    edition: EditionNumber
    commune: InseeCode


class AgreementDrafted(AgreementEvent):
    """The agreement of a laureate commune is ready to be sent, and must be signed by its due date."""

    event_type = "agreement-drafted.v1"

    candidature_id: UUID
    due_on: date
    drafted_at: AwareDatetime


class AgreementSent(AgreementEvent):
    """The parties have received the agreement to sign; `digest` is the SHA-256 of its text, now fixed."""

    event_type = "agreement-sent.v1"

    due_on: date
    digest: Sha256
    sent_at: AwareDatetime


class AgreementSigned(AgreementEvent):
    """One of the parties has signed."""

    event_type = "agreement-signed.v1"

    party: OrganisationId
    signed_on: date


class AgreementEnteredIntoForce(AgreementEvent):
    """The last party has signed: the agreement binds them."""

    event_type = "agreement-entered-into-force.v1"
    public_fields = ("agreement_id", "edition", "commune", "in_force_from")

    in_force_from: date


class AgreementOverdue(AgreementEvent):
    """The due date has passed and a signature is missing."""

    event_type = "agreement-overdue.v1"

    due_on: date


class AgreementExpired(AgreementEvent):
    """The month in which the agreement ends is over: the Métropole's support stops."""

    event_type = "agreement-expired.v1"

    expired_on: date


class AgreementAbandoned(AgreementEvent):
    """The parties have given up the agreement before it was in force."""

    event_type = "agreement-abandoned.v1"

    reason: Text
    abandoned_at: AwareDatetime


class ExperimentEvent(Event):
    """A fact about an experiment; `holder_id` is the organisation that carries the project, never a person's name."""

    emitter: ClassVar[str] = "experiments"
    subject_field: ClassVar[str] = "experiment_id"

    experiment_id: UUID
    edition: EditionNumber
    commune: InseeCode


class ExperimentPlanned(ExperimentEvent):
    """A laureate project is to be tested in a commune."""

    event_type = "experiment-planned.v1"
    public_fields = (
        "experiment_id",
        "proposal_id",
        "agreement_id",
        "edition",
        "wave",
        "commune",
        "title",
        "planned_at",
    )

    proposal_id: UUID
    agreement_id: UUID
    wave: WaveNumber
    title: Label
    holder_id: OrganisationId
    planned_at: AwareDatetime


class StructuringStarted(ExperimentEvent):
    """The operator structures the project with its holder and the commune."""

    event_type = "structuring-started.v1"

    started_at: AwareDatetime


class ProtocolRegistered(ExperimentEvent):
    """How the experiment will be judged is fixed before it starts; a later version replaces it in the open.

    `digest` is the SHA-256 of the protocol.
    """

    event_type = "protocol-registered.v1"

    version: Rank
    indicators: Count
    digest: Sha256
    registered_at: AwareDatetime
    title: Label | None = None


class SiteChosen(ExperimentEvent):
    """The place of the experiment and who hosts it, the commune or a partner, are known."""

    event_type = "site-chosen.v1"

    site: Label
    host: Label
    host_agreed_on: date | None
    chosen_at: AwareDatetime


class ResourceRequested(ExperimentEvent):
    """The experiment needs something of the commune: public space, technical services, partners."""

    event_type = "resource-requested.v1"

    request_id: UUID
    kind: ResourceKind
    requested_at: AwareDatetime


class ResourceGranted(ExperimentEvent):
    """The commune provides what was requested."""

    event_type = "resource-granted.v1"

    request_id: UUID
    granted_at: AwareDatetime


class ResourceRequestWithdrawn(ExperimentEvent):
    """What was requested is not needed any more."""

    event_type = "resource-request-withdrawn.v1"

    request_id: UUID
    withdrawn_at: AwareDatetime


class ExperimentReady(ExperimentEvent):
    """The experiment has its site and what it needs: it may be launched."""

    event_type = "experiment-ready.v1"

    site: Label
    ready_at: AwareDatetime


class ExperimentReadinessLost(ExperimentEvent):
    """Something the launch requires is missing again; `missing` holds stable codes."""

    event_type = "experiment-readiness-lost.v1"

    missing: tuple[Label, ...]
    lost_at: AwareDatetime


class ExperimentLaunched(ExperimentEvent):
    """The experiment runs in the street."""

    event_type = "experiment-launched.v1"
    public_fields = ("experiment_id", "proposal_id", "edition", "wave", "commune", "title", "site", "launched_at")

    proposal_id: UUID
    wave: WaveNumber
    title: Label
    holder_id: OrganisationId
    site: Label
    launched_at: AwareDatetime


class FieldReported(ExperimentEvent):
    """Somebody has reported from the field."""

    event_type = "field-reported.v1"

    report_id: UUID
    reported_on: date
    title: Label | None = None


class ExperimentPaused(ExperimentEvent):
    """The experiment is interrupted for a while."""

    event_type = "experiment-paused.v1"

    reason: Text
    paused_at: AwareDatetime


class ExperimentResumed(ExperimentEvent):
    """The experiment runs again."""

    event_type = "experiment-resumed.v1"

    resumed_at: AwareDatetime


class ExperimentStopped(ExperimentEvent):
    """The experiment has ended before its term; what was learnt may still be evaluated."""

    event_type = "experiment-stopped.v1"

    reason: Text
    stopped_at: AwareDatetime


class ExperimentCompleted(ExperimentEvent):
    """The experiment has ended as planned; its evaluation may be written."""

    event_type = "experiment-completed.v1"
    public_fields = ("experiment_id", "edition", "commune", "title", "completed_at")

    title: Label
    holder_id: OrganisationId
    completed_at: AwareDatetime


class ExperimentEvaluated(ExperimentEvent):
    """The experiment has its conclusion, drawn from its measurements and reports."""

    event_type = "experiment-evaluated.v1"
    public_fields = ("experiment_id", "edition", "commune", "title", "conclusion", "evaluated_at")

    title: Label
    holder_id: OrganisationId
    conclusion: Conclusion
    evaluated_at: AwareDatetime
