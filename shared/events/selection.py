"""What the selection service says: how communes and projects were chosen, and nothing before its announcement."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from .base import Event
from .types import AwareDatetime, Count, EditionNumber, InseeCode, Label, OrganisationId, Rank, Text, WaveNumber


class RoundEvent(Event):
    """A fact about a selection round, of communes or of projects."""

    emitter: ClassVar[str] = "selection"
    subject_field: ClassVar[str] = "round_id"

    round_id: UUID


class CommuneRoundOpened(RoundEvent):
    """The committee may examine the admitted dossiers of a call."""

    event_type = "commune-round-opened.v1"

    call_id: UUID
    edition: EditionNumber
    opened_at: AwareDatetime


class ConflictDeclared(RoundEvent):
    """A member of the committee will neither read nor score this dossier."""

    event_type = "conflict-declared.v1"

    candidature_id: UUID
    member_id: UUID
    declared_at: AwareDatetime


class ConflictLifted(RoundEvent):
    """The chair of the committee has lifted, with a reason on the record, the conflict of a member with a dossier."""

    event_type = "conflict-lifted.v1"

    candidature_id: UUID
    member_id: UUID
    lifted_at: AwareDatetime


class ReviewSubmitted(RoundEvent):
    """A member has scored a dossier; the scores stay sealed."""

    event_type = "review-submitted.v1"

    candidature_id: UUID
    member_id: UUID
    submitted_at: AwareDatetime


class ScoresUnsealed(RoundEvent):
    """The committee may see the scores, because all are in or because the chair decided so."""

    event_type = "scores-unsealed.v1"

    unsealed_at: AwareDatetime
    by_chair: bool
    edition: EditionNumber | None = None


class RecommendationAdopted(RoundEvent):
    """The committee has adopted its recommendation; which communes it names is under embargo."""

    event_type = "recommendation-adopted.v1"

    recommended: Count
    quota: Count | None
    over_quota_reason: Text | None
    adopted_at: AwareDatetime
    edition: EditionNumber | None = None


class RecommendationRatified(RoundEvent):
    """The Bureau métropolitain has decided; the decision is announced on its date."""

    event_type = "recommendation-ratified.v1"

    deliberation_number: Label
    deliberation_date: date
    body: Label
    announce_at: AwareDatetime
    edition: EditionNumber | None = None


class RoundAnnounced(RoundEvent):
    """The decisions of a commune round are public."""

    event_type = "round-announced.v1"
    public_fields = ("round_id", "call_id", "edition", "announced_at", "selected", "waitlisted", "not_selected")

    call_id: UUID
    edition: EditionNumber
    announced_at: AwareDatetime
    selected: Count
    waitlisted: Count
    not_selected: Count


class CommuneDecisionEvent(Event):
    """A decision on the dossier of a commune, by a deliberation of the Bureau métropolitain."""

    emitter: ClassVar[str] = "selection"
    subject_field: ClassVar[str] = "candidature_id"

    candidature_id: UUID
    call_id: UUID
    round_id: UUID
    edition: EditionNumber
    commune: InseeCode
    deliberation_number: Label
    deliberation_date: date
    reasons: tuple[Text, ...]
    announced_at: AwareDatetime


class CommuneSelected(CommuneDecisionEvent):
    """The commune is a laureate of the edition."""

    event_type = "commune-selected.v1"
    public_fields = (
        *("candidature_id", "call_id", "round_id", "edition", "commune", "rank", "reasons"),
        *("deliberation_number", "deliberation_date", "announced_at"),
    )

    rank: Rank


class CommuneWaitlisted(CommuneDecisionEvent):
    """The commune takes the place of a laureate that withdraws, in the order of its rank."""

    event_type = "commune-waitlisted.v1"

    rank: Rank


class CommuneNotSelected(CommuneDecisionEvent):
    """The commune is not retained, for the reasons given."""

    event_type = "commune-not-selected.v1"


class ProjectRoundOpened(RoundEvent):
    """The jury may examine the admitted proposals of a wave."""

    event_type = "project-round-opened.v1"

    call_id: UUID
    edition: EditionNumber
    wave: WaveNumber
    opened_at: AwareDatetime


class ProjectScoresRecorded(RoundEvent):
    """A juror has scored a proposal."""

    event_type = "project-scores-recorded.v1"

    proposal_id: UUID
    juror_id: UUID
    recorded_at: AwareDatetime


class AllocationAdopted(RoundEvent):
    """The jury has decided which project goes where; `shortage` counts the projects missing to the minimum."""

    event_type = "allocation-adopted.v1"

    call_id: UUID
    edition: EditionNumber
    wave: WaveNumber
    optimal: bool
    shortage: Count
    adopted_at: AwareDatetime


class ProposalDecisionEvent(Event):
    """A decision on the proposal of an innovator; `holder_id` is the organisation that carries it."""

    emitter: ClassVar[str] = "selection"
    subject_field: ClassVar[str] = "proposal_id"

    proposal_id: UUID
    round_id: UUID
    call_id: UUID
    edition: EditionNumber
    wave: WaveNumber
    title: Label
    holder_id: OrganisationId


class ProjectAllocated(ProposalDecisionEvent):
    """The project is a laureate and will be tested in this commune."""

    event_type = "project-allocated.v1"
    public_fields = ("proposal_id", "round_id", "call_id", "edition", "wave", "title", "commune", "allocated_at")

    commune: InseeCode
    allocated_at: AwareDatetime


class ProposalNotRetained(ProposalDecisionEvent):
    """The proposal is not retained in this wave."""

    event_type = "proposal-not-retained.v1"

    decided_at: AwareDatetime
