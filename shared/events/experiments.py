"""What the experiments service says: agreements, and the experiments they allow in the street."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from .base import Event
from .types import AwareDatetime, Conclusion, Count, EditionNumber, InseeCode, Label, OrganisationId, Sha256, WaveNumber


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
    """The parties have received the agreement to sign; its text is fixed."""

    event_type = "agreement-sent.v1"

    due_on: date
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


class ProtocolRegistered(ExperimentEvent):
    """How the experiment will be judged is fixed before it starts; `digest` is the SHA-256 of the protocol."""

    event_type = "protocol-registered.v1"

    indicators: Count
    digest: Sha256
    registered_at: AwareDatetime


class ExperimentReady(ExperimentEvent):
    """The experiment has its site and what it needs: it may be launched."""

    event_type = "experiment-ready.v1"

    site: Label
    ready_at: AwareDatetime


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
