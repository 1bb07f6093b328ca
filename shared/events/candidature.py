"""What the candidature service says: calls, the dossiers of communes, the proposals of innovators."""

from typing import ClassVar
from uuid import UUID

from .base import Event, Part
from .types import (
    AwareDatetime,
    CallKind,
    Count,
    CountryCode,
    EditionNumber,
    InseeCode,
    Label,
    LegalForm,
    OrganisationId,
    Outcome,
    Rank,
    Text,
    WaveNumber,
)


class Criterion(Part):
    """A criterion the examiners score, with its relative weight."""

    code: Label
    label: Label
    weight: Rank


class Challenge(Part):
    """The challenge of a commune that innovators are called to answer."""

    commune: InseeCode
    title: Label


class CallEvent(Event):
    """A fact about a call, for communes or for innovators."""

    emitter: ClassVar[str] = "candidature"
    subject_field: ClassVar[str] = "call_id"

    call_id: UUID
    edition: EditionNumber
    kind: CallKind
    wave: WaveNumber | None


class CallPublished(CallEvent):
    """A call is public, with its dates, its quota and the criteria by which it will be judged."""

    event_type = "call-published.v1"
    public_fields = (
        *("call_id", "edition", "kind", "wave", "title", "opens_at", "closes_at", "quota", "criteria"),
        *("scale_max", "projects_min", "projects_max", "communes", "challenges"),
    )

    title: Label
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    quota: Count | None
    criteria: tuple[Criterion, ...]
    scale_max: Rank
    projects_min: Count | None
    projects_max: Count | None
    communes: tuple[InseeCode, ...]
    challenges: tuple[Challenge, ...]


class CallOpened(CallEvent):
    """The call is open: dossiers may be sent."""

    event_type = "call-opened.v1"
    public_fields = ("call_id", "edition", "kind", "wave", "opened_at", "closes_at")

    opened_at: AwareDatetime
    closes_at: AwareDatetime | None = None


class CallClosed(CallEvent):
    """The call is closed: nothing can be sent any more, and the examination may begin."""

    event_type = "call-closed.v1"
    public_fields = ("call_id", "edition", "kind", "wave", "closed_at", "submitted")

    closed_at: AwareDatetime
    submitted: Count
    quota: Count | None
    criteria: tuple[Criterion, ...]
    scale_max: Rank
    projects_min: Count | None
    projects_max: Count | None
    communes: tuple[InseeCode, ...]


class CandidatureEvent(Event):
    """A fact about the dossier of a commune."""

    emitter: ClassVar[str] = "candidature"
    subject_field: ClassVar[str] = "candidature_id"

    candidature_id: UUID
    call_id: UUID
    edition: EditionNumber
    commune: InseeCode


class CandidatureStarted(CandidatureEvent):
    """A commune has begun its dossier; it is a draft and commits to nothing."""

    event_type = "candidature-started.v1"

    started_at: AwareDatetime


class CandidatureSubmitted(CandidatureEvent):
    """The commune has sent its complete dossier."""

    event_type = "candidature-submitted.v1"
    public_fields = ("candidature_id", "call_id", "edition", "commune", "submitted_at")

    submitted_at: AwareDatetime


class CandidatureAdmitted(CandidatureEvent):
    """The dossier is complete, on time and eligible: the committee may examine it."""

    event_type = "candidature-admitted.v1"
    public_fields = ("candidature_id", "call_id", "edition", "commune", "admitted_at")

    admitted_at: AwareDatetime


class CandidatureFoundInadmissible(CandidatureEvent):
    """The dossier will not be examined, for the reasons given."""

    event_type = "candidature-found-inadmissible.v1"

    reasons: tuple[Text, ...]
    found_at: AwareDatetime


class CandidatureReopened(CandidatureEvent):
    """The commune has taken its dossier back to correct it before the deadline: it counts again once submitted."""

    event_type = "candidature-reopened.v1"

    reopened_at: AwareDatetime


class CandidatureWithdrawn(CandidatureEvent):
    """The commune gives up before any decision: its dossier is not, or no longer, examined."""

    event_type = "candidature-withdrawn.v1"

    withdrawn_at: AwareDatetime


class CandidatureLapsed(CandidatureEvent):
    """The call closed while the dossier was still a draft."""

    event_type = "candidature-lapsed.v1"

    lapsed_at: AwareDatetime


class CandidatureConcluded(CandidatureEvent):
    """The dossier has its final outcome, as announced by the Métropole."""

    event_type = "candidature-concluded.v1"

    outcome: Outcome
    concluded_at: AwareDatetime


class ProposalEvent(Event):
    """A fact about the proposal of an innovator; `holder_id` is the organisation that carries it, never a person."""

    emitter: ClassVar[str] = "candidature"
    subject_field: ClassVar[str] = "proposal_id"

    proposal_id: UUID
    call_id: UUID
    edition: EditionNumber
    wave: WaveNumber
    holder_id: OrganisationId
    title: Label
    legal_form: LegalForm
    country: CountryCode
    themes: tuple[Label, ...]
    ranked_communes: tuple[InseeCode, ...]


class ProposalSubmitted(ProposalEvent):
    """An innovator has answered the project call of a wave; the communes are ranked by preference."""

    event_type = "proposal-submitted.v1"
    public_fields = (
        *("proposal_id", "call_id", "edition", "wave", "title", "legal_form", "country", "themes"),
        *("ranked_communes", "submitted_at"),
    )

    submitted_at: AwareDatetime


class ProposalAdmitted(ProposalEvent):
    """The proposal is complete and on time: the jury may examine it."""

    event_type = "proposal-admitted.v1"
    public_fields = (*ProposalSubmitted.public_fields, "admitted_at")

    submitted_at: AwareDatetime
    admitted_at: AwareDatetime


class ProposalFoundInadmissible(ProposalEvent):
    """The proposal will not be examined, for the reasons given."""

    event_type = "proposal-found-inadmissible.v1"

    reasons: tuple[Text, ...]
    found_at: AwareDatetime
