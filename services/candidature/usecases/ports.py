"""What the use cases of the candidature service ask of its store."""

from typing import Protocol
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.domain.questions import QuestionSet
from services.candidature.usecases.read_models import CallSummary
from shared.kit.access import Scope
from shared.kit.ports import UnitOfWork


class Calls(Protocol):
    """The calls; what is not visible or not there raises NotFound."""

    async def get(self, call_id: UUID) -> Call:
        """A call to change: nobody else changes it until the transaction ends."""
        ...

    async def hold(self, call_id: UUID) -> Call:
        """A call to rely on: it does not close until the transaction ends."""
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


class Views(Protocol):
    """What the service shows; a scope that is not everything sees no draft call and only its own things."""

    async def call(self, call_id: UUID, scope: Scope) -> Call:
        """One call."""
        ...

    async def calls(self, scope: Scope, *, edition: int | None, after: UUID | None, limit: int) -> list[CallSummary]:
        """Calls by identifier, newest first, after the one given."""
        ...


class Work(UnitOfWork, Protocol):
    """The unit of work of this service."""

    @property
    def calls(self) -> Calls:
        """The calls."""
        ...

    @property
    def views(self) -> Views:
        """What can be read."""
        ...
