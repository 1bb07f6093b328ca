"""A declaration of interests: one per member and file, before anything is read."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.selection.domain.errors import ConflictOfInterest, ConflictStands, NoConflictToLift, NotTheChair


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a member said of a file; `automatic` when the member speaks for the body that sent it."""

    round_id: UUID
    file_id: UUID
    member_id: UUID
    conflict: bool
    automatic: bool
    reason: str | None
    declared_at: datetime
    lifted_at: datetime | None = None
    lifted_by: UUID | None = None
    lift_reason: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether the conflict is in force."""
        return self.conflict and self.lifted_at is None

    def lift(self, *, by: UUID, reason: str, at: datetime) -> "Declaration":
        """Lift the conflict, with a reason; never one's own."""
        if not self.blocks:
            raise NoConflictToLift
        if by == self.member_id:
            raise NotTheChair("On ne lève pas son propre conflit d'intérêts.")
        return replace(self, lifted_at=at, lifted_by=by, lift_reason=reason)


@dataclass(frozen=True, slots=True)
class Interests:
    """How a member stands towards one file: what was declared, and whether the body is the same."""

    round_id: UUID
    file_id: UUID
    member_id: UUID
    same_body: bool
    declared: Declaration | None

    @property
    def blocked(self) -> bool:
        """Whether a conflict, declared or evident, is in force."""
        if self.declared is None:
            return self.same_body
        return self.declared.blocks or (self.same_body and self.declared.lifted_at is None)

    def declare(self, *, conflict: bool, reason: str | None, at: datetime) -> Declaration:
        """Say whether there is a conflict; one that is in force stays until the chair lifts it."""
        if not conflict and self.declared and self.declared.conflict:
            if self.declared.blocks and not self.declared.automatic:
                raise ConflictStands
            return self.declared
        return Declaration(
            round_id=self.round_id,
            file_id=self.file_id,
            member_id=self.member_id,
            conflict=conflict or self.same_body,
            automatic=self.same_body and not conflict,
            reason=reason,
            declared_at=at,
        )

    def lift(self, *, by: UUID, reason: str, at: datetime) -> Declaration:
        """Lift the conflict in force; an evident one need not have been declared."""
        evident = Declaration(self.round_id, self.file_id, self.member_id, self.same_body, True, None, at)
        standing = self.declared if self.declared and self.declared.conflict else evident
        return standing.lift(by=by, reason=reason, at=at)

    def require_clear(self) -> None:
        """Refuse reading and scoring while a conflict is in force."""
        if self.blocked:
            raise ConflictOfInterest
