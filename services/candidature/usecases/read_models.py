"""What the service shows: single things as they are, lists as summaries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.candidature.domain.call import Call, CallStatus
from services.candidature.domain.candidature import Candidature, Status
from services.candidature.domain.contact import Contact
from services.candidature.domain.document import Document
from services.candidature.domain.dossier import Change
from services.candidature.domain.proposal import Origin, Proposal, ProposalStatus
from shared.events.types import CallKind
from shared.kit.access import Scope


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


class Views(Protocol):
    """Readings; `scope` hides what is not the caller's, drafts hide from staff, and the hidden raises NotFound.

    Lists come newest first, after the identifier given, `limit` at most.
    """

    async def call(self, call_id: UUID, scope: Scope) -> Call:
        """One call; a draft is for the programme team alone."""
        ...

    async def calls(self, scope: Scope, *, edition: int | None, after: UUID | None, limit: int) -> list[CallSummary]:
        """The calls, of one edition or of all."""
        ...

    async def candidature(self, candidature_id: UUID, scope: Scope) -> Candidature:
        """One dossier."""
        ...

    async def candidatures(
        self, scope: Scope, *, call_id: UUID | None, status: Status | None, after: UUID | None, limit: int
    ) -> list[CandidatureSummary]:
        """The dossiers."""
        ...

    async def changes(
        self, candidature_id: UUID, scope: Scope, *, after: int | None, limit: int
    ) -> list[NumberedChange]:
        """Who changed what in one dossier."""
        ...

    async def documents(self, candidature_id: UUID, scope: Scope) -> list[Document]:
        """The files of one dossier, oldest first."""
        ...

    async def document(self, candidature_id: UUID, document_id: UUID, scope: Scope) -> Document:
        """One file of one dossier."""
        ...

    async def proposal(self, proposal_id: UUID, scope: Scope) -> Proposal:
        """One proposal."""
        ...

    async def proposals(
        self, scope: Scope, *, call_id: UUID | None, status: ProposalStatus | None, after: UUID | None, limit: int
    ) -> list[ProposalSummary]:
        """The proposals."""
        ...

    async def contact(self, contact_id: UUID, scope: Scope) -> Contact:
        """One contact, not erased."""
        ...

    async def contacts(
        self, scope: Scope, *, organisation: str | None, after: UUID | None, limit: int
    ) -> list[Contact]:
        """The contacts, not erased."""
        ...
