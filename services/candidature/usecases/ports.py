"""What the use cases of the candidature service ask of its store."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.domain.candidature import Candidature, Status
from services.candidature.domain.contact import Contact
from services.candidature.domain.document import Document
from services.candidature.domain.dossier import Change
from services.candidature.domain.proposal import Proposal, ProposalStatus
from services.candidature.domain.questions import QuestionSet
from services.candidature.usecases.read_models import CallSummary, CandidatureSummary, NumberedChange, ProposalSummary
from shared.kit.access import Scope
from shared.kit.ports import UnitOfWork


class Calls(Protocol):
    """The calls; what is not there raises NotFound."""

    async def get(self, call_id: UUID) -> Call:
        """A call to change: nobody else changes it until the transaction ends."""
        ...

    async def hold(self, call_id: UUID) -> Call:
        """A call to rely on: it does not close until the transaction ends."""
        ...

    async def read(self, call_id: UUID) -> Call:
        """A call as it is now."""
        ...

    async def add(self, call: Call) -> None:
        """A new call."""
        ...

    async def save(self, call: Call) -> int:
        """A changed call; returns its new version; raises Stale, or CallAlreadyExists for a second of its wave."""
        ...

    async def questions(self, call_id: UUID, version: int) -> QuestionSet:
        """The questions of a call in one version."""
        ...


class Candidatures(Protocol):
    """The dossiers; staff (a scope of everything) see those that were sent or shared, communes their own."""

    async def get(self, candidature_id: UUID, scope: Scope) -> Candidature:
        """A dossier to change: nobody else changes it until the transaction ends; NotFound when not visible."""
        ...

    async def call_of(self, candidature_id: UUID, scope: Scope) -> UUID:
        """The call a visible dossier answers, which never changes."""
        ...

    async def add(self, candidature: Candidature) -> None:
        """A new dossier; AlreadyCandidate when the commune has one for this call."""
        ...

    async def save(self, candidature: Candidature) -> int:
        """A changed dossier; returns its new version; raises Stale."""
        ...

    async def drafts_of(self, call_id: UUID) -> list[Candidature]:
        """The dossiers of a call that were never sent, to change."""
        ...

    async def received(self, call_id: UUID) -> int:
        """How many dossiers of a call were sent and not withdrawn."""
        ...

    async def record(self, change: Change) -> None:
        """Who changed what."""
        ...


class Documents(Protocol):
    """The files of the dossiers."""

    async def add(self, document: Document) -> None:
        """A new file."""
        ...

    async def get(self, document_id: UUID) -> Document:
        """A file to change; NotFound."""
        ...

    async def save(self, document: Document) -> None:
        """A file the scanner has judged."""
        ...

    async def remove(self, document_id: UUID) -> None:
        """A file taken out of its dossier."""
        ...

    async def of(self, candidature_id: UUID) -> list[Document]:
        """The files of a dossier, oldest first."""
        ...

    async def next_to_scan(self) -> Document | None:
        """The file that has waited longest, not offered again before a while that doubles at each attempt."""
        ...


class Proposals(Protocol):
    """The proposals; staff see those that were sent, innovators their own."""

    async def get(self, proposal_id: UUID, scope: Scope) -> Proposal:
        """A proposal to change; NotFound when not visible."""
        ...

    async def call_of(self, proposal_id: UUID, scope: Scope) -> UUID:
        """The call a visible proposal answers, which never changes."""
        ...

    async def add(self, proposal: Proposal) -> None:
        """A new proposal."""
        ...

    async def save(self, proposal: Proposal) -> int:
        """A changed proposal; returns its new version; raises Stale."""
        ...

    async def received(self, call_id: UUID) -> int:
        """How many proposals of a call were sent."""
        ...


class Contacts(Protocol):
    """The directory."""

    async def find(self, contact_id: UUID) -> Contact | None:
        """A contact to change, erased or not; None when the identifier is new."""
        ...

    async def add(self, contact: Contact) -> None:
        """A new contact; Stale when somebody else has just taken its identifier."""
        ...

    async def save(self, contact: Contact) -> int:
        """A changed contact; returns its new version; raises Stale."""
        ...

    async def known(self, organisation: str, contact_ids: Collection[UUID]) -> set[UUID]:
        """Those of the identifiers that are contacts of this organisation, not erased."""
        ...


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


class Work(UnitOfWork, Protocol):
    """The unit of work of this service."""

    @property
    def calls(self) -> Calls:
        """The calls."""
        ...

    @property
    def candidatures(self) -> Candidatures:
        """The dossiers."""
        ...

    @property
    def documents(self) -> Documents:
        """The files."""
        ...

    @property
    def proposals(self) -> Proposals:
        """The proposals."""
        ...

    @property
    def contacts(self) -> Contacts:
        """The directory."""
        ...

    @property
    def views(self) -> Views:
        """What can be read."""
        ...
