"""The store of the candidature service in memory."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from services.candidature.domain.call import Call, CallStatus
from services.candidature.domain.candidature import Candidature, Status
from services.candidature.domain.contact import Contact
from services.candidature.domain.document import Document, ScanStatus
from services.candidature.domain.dossier import Change
from services.candidature.domain.errors import AlreadyCandidate, CallAlreadyExists
from services.candidature.domain.proposal import Proposal, ProposalStatus
from services.candidature.domain.questions import QuestionSet
from services.candidature.usecases.read_models import CallSummary, CandidatureSummary, NumberedChange, ProposalSummary
from shared.kit.access import Scope
from shared.kit.refusals import Stale
from tests.fakes.kit import MemoryStore, MemoryWork, found, newest_first, saved


@dataclass
class Store(MemoryStore):
    """What outlives a transaction."""

    calls: dict[UUID, Call] = field(default_factory=dict)
    questions: dict[tuple[UUID, int], QuestionSet] = field(default_factory=dict)
    candidatures: dict[UUID, Candidature] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    documents: dict[UUID, Document] = field(default_factory=dict)
    offered: set[UUID] = field(default_factory=set)
    proposals: dict[UUID, Proposal] = field(default_factory=dict)
    contacts: dict[UUID, Contact] = field(default_factory=dict)


Thing = TypeVar("Thing")


def _sees(scope: Scope, candidature: Candidature) -> bool:
    if scope.owner is None:
        return candidature.submitted_at is not None or candidature.shared
    return candidature.commune == scope.owner


def _sees_proposal(scope: Scope, proposal: Proposal) -> bool:
    return proposal.submitted_at is not None if scope.owner is None else proposal.organisation == scope.owner


class FakeCalls:
    """The calls."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, call_id: UUID) -> Call:
        return found(self._store.calls, call_id)

    async def hold(self, call_id: UUID) -> Call:
        return await self.get(call_id)

    async def read(self, call_id: UUID) -> Call:
        return await self.get(call_id)

    async def add(self, call: Call) -> None:
        self._store.calls[call.id] = call
        self._store.questions[call.id, call.questions.version] = call.questions

    async def save(self, call: Call) -> int:
        rivals = (other for other in self._store.calls.values() if other.id != call.id)
        taken = {_place(other) for other in rivals if other.status is not CallStatus.DRAFT}
        if call.status is not CallStatus.DRAFT and _place(call) in taken:
            raise CallAlreadyExists
        version = saved(self._store.calls, call)
        self._store.questions.setdefault((call.id, call.questions.version), call.questions)
        return version

    async def questions(self, call_id: UUID, version: int) -> QuestionSet:
        return found(self._store.questions, (call_id, version))


def _place(call: Call) -> tuple[int, str, int | None]:
    return call.terms.edition, call.terms.kind, call.terms.wave


class FakeCandidatures:
    """The dossiers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, candidature_id: UUID, scope: Scope) -> Candidature:
        return found(self._store.candidatures, candidature_id, lambda it: _sees(scope, it))

    async def call_of(self, candidature_id: UUID, scope: Scope) -> UUID:
        return (await self.get(candidature_id, scope)).call_id

    async def add(self, candidature: Candidature) -> None:
        for other in self._store.candidatures.values():
            if (other.call_id, other.commune) == (candidature.call_id, candidature.commune):
                raise AlreadyCandidate
        self._store.candidatures[candidature.id] = candidature

    async def save(self, candidature: Candidature) -> int:
        return saved(self._store.candidatures, candidature)

    async def drafts_of(self, call_id: UUID) -> list[Candidature]:
        drafts = [it for it in self._store.candidatures.values() if (it.call_id, it.status) == (call_id, Status.DRAFT)]
        return sorted(drafts, key=lambda it: it.id)

    async def received(self, call_id: UUID) -> int:
        sent = [it for it in self._store.candidatures.values() if it.call_id == call_id and it.submitted_at]
        return sum(it.status is not Status.WITHDRAWN for it in sent)

    async def record(self, change: Change) -> None:
        self._store.changes.append(change)


class FakeDocuments:
    """The files."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, document: Document) -> None:
        self._store.documents[document.id] = document

    async def get(self, document_id: UUID) -> Document:
        return found(self._store.documents, document_id)

    async def save(self, document: Document) -> None:
        self._store.documents[document.id] = document

    async def remove(self, document_id: UUID) -> None:
        self._store.documents.pop(document_id, None)

    async def of(self, candidature_id: UUID) -> list[Document]:
        files = (it for it in self._store.documents.values() if it.candidature_id == candidature_id)
        return sorted(files, key=lambda it: it.id)

    async def next_to_scan(self) -> Document | None:
        for document in self._store.documents.values():
            if document.status is ScanStatus.PENDING_SCAN and document.id not in self._store.offered:
                self._store.offered.add(document.id)
                return document
        return None


class FakeProposals:
    """The proposals."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, proposal_id: UUID, scope: Scope) -> Proposal:
        return found(self._store.proposals, proposal_id, lambda it: _sees_proposal(scope, it))

    async def call_of(self, proposal_id: UUID, scope: Scope) -> UUID:
        return (await self.get(proposal_id, scope)).call_id

    async def add(self, proposal: Proposal) -> None:
        self._store.proposals[proposal.id] = proposal

    async def save(self, proposal: Proposal) -> int:
        return saved(self._store.proposals, proposal)

    async def received(self, call_id: UUID) -> int:
        return sum(it.call_id == call_id and it.submitted_at is not None for it in self._store.proposals.values())


class FakeContacts:
    """The directory."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, contact_id: UUID) -> Contact | None:
        return self._store.contacts.get(contact_id)

    async def add(self, contact: Contact) -> None:
        if contact.id in self._store.contacts:
            raise Stale
        self._store.contacts[contact.id] = contact

    async def save(self, contact: Contact) -> int:
        return saved(self._store.contacts, contact)

    async def known(self, organisation: str, contact_ids: Collection[UUID]) -> set[UUID]:
        kept = (it for it in self._store.contacts.values() if it.organisation == organisation and not it.erased_at)
        return {it.id for it in kept if it.id in contact_ids}


class FakeViews:
    """What can be read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def call(self, call_id: UUID, scope: Scope) -> Call:
        return found(self._store.calls, call_id, lambda it: scope.owner is None or it.status is not CallStatus.DRAFT)

    async def calls(self, scope: Scope, *, edition: int | None, after: UUID | None, limit: int) -> list[CallSummary]:
        seen = [it for it in self._store.calls.values() if scope.owner is None or it.status is not CallStatus.DRAFT]
        of_edition = [it for it in seen if edition is None or it.terms.edition == edition]
        return [
            _summary(CallSummary, it, it.terms) for it in newest_first(((it.id, it) for it in of_edition), after, limit)
        ]

    async def candidature(self, candidature_id: UUID, scope: Scope) -> Candidature:
        return await FakeCandidatures(self._store).get(candidature_id, scope)

    async def candidatures(
        self, scope: Scope, *, call_id: UUID | None, status: Status | None, after: UUID | None, limit: int
    ) -> list[CandidatureSummary]:
        seen = (it for it in self._store.candidatures.values() if _sees(scope, it))
        wanted = (it for it in seen if call_id in {None, it.call_id} and status in {None, it.status})
        return [_summary(CandidatureSummary, it) for it in newest_first(((it.id, it) for it in wanted), after, limit)]

    async def changes(
        self, candidature_id: UUID, scope: Scope, *, after: int | None, limit: int
    ) -> list[NumberedChange]:
        await self.candidature(candidature_id, scope)
        numbered = [NumberedChange(*each) for each in enumerate(self._store.changes, start=1)]
        own = [each for each in reversed(numbered) if each.change.candidature_id == candidature_id]
        return [each for each in own if after is None or each.number < after][:limit]

    async def documents(self, candidature_id: UUID, scope: Scope) -> list[Document]:
        await self.candidature(candidature_id, scope)
        return await FakeDocuments(self._store).of(candidature_id)

    async def document(self, candidature_id: UUID, document_id: UUID, scope: Scope) -> Document:
        return found({it.id: it for it in await self.documents(candidature_id, scope)}, document_id)

    async def proposal(self, proposal_id: UUID, scope: Scope) -> Proposal:
        return await FakeProposals(self._store).get(proposal_id, scope)

    async def proposals(
        self, scope: Scope, *, call_id: UUID | None, status: ProposalStatus | None, after: UUID | None, limit: int
    ) -> list[ProposalSummary]:
        seen = (it for it in self._store.proposals.values() if _sees_proposal(scope, it))
        wanted = (it for it in seen if call_id in {None, it.call_id} and status in {None, it.status})
        return [
            _summary(ProposalSummary, it, it.pitch) for it in newest_first(((it.id, it) for it in wanted), after, limit)
        ]

    async def contact(self, contact_id: UUID, scope: Scope) -> Contact:
        return found(
            self._store.contacts, contact_id, lambda it: it.erased_at is None and scope.includes(it.organisation)
        )

    async def contacts(
        self, scope: Scope, *, organisation: str | None, after: UUID | None, limit: int
    ) -> list[Contact]:
        kept = (it for it in self._store.contacts.values() if it.erased_at is None and scope.includes(it.organisation))
        return newest_first(((it.id, it) for it in kept if organisation in {None, it.organisation}), after, limit)


def _summary(kind: Callable[..., Thing], *sources: Any) -> Thing:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return kind(**{name: next(getattr(it, name) for it in sources if hasattr(it, name)) for name in names})


class FakeWork(MemoryWork[Store]):
    """A unit of work of the service on a store in memory."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.calls = FakeCalls(store)
        self.candidatures = FakeCandidatures(store)
        self.documents = FakeDocuments(store)
        self.proposals = FakeProposals(store)
        self.contacts = FakeContacts(store)
        self.views = FakeViews(store)
