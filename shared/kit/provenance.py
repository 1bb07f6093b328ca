"""Who caused a change, in whose name, and what came before it."""

from dataclasses import dataclass
from uuid import UUID

from shared.kit.identity import new_id


@dataclass(frozen=True, slots=True)
class Provenance:
    """Recorded with every event: an opaque actor, its organisation, the chain of causes and the trace."""

    actor: str
    organisation: str | None
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    @classmethod
    def of_system(cls, name: str) -> "Provenance":
        """A change nobody asked for by hand: a clock, a maintenance command."""
        return cls(actor=f"system:{name}", organisation=None, correlation_id=new_id())
