"""Who caused a change, in whose name, and what came before it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from shared.kit.identity import new_id


@dataclass(frozen=True, slots=True)
class Provenance:
    """Recorded with every event: an opaque actor, its organisation, the chain of causes, the trace, and when."""

    actor: str
    organisation: str | None
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def of_system(cls, name: str, *, at: datetime | None = None) -> "Provenance":
        """A change nobody asked for by hand: a clock, a maintenance command."""
        return cls(f"system:{name}", None, correlation_id=new_id(), at=at or datetime.now(UTC))
