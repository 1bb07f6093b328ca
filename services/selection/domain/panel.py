"""A panel: the members of a committee or of a jury, the body each speaks for, and the quorum."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from services.selection.domain.errors import (
    ChairAlreadyNamed,
    EmptyPanel,
    NotAMember,
    NotTheChair,
    QuorumNotReached,
    UnknownMember,
)
from shared.kit.refusals import FieldError


@dataclass(frozen=True, slots=True)
class Member:
    """One seat: an opaque person, the organisation spoken for, and whether it is the chair's."""

    id: UUID
    organisation: str
    chair: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """The members of a round, one of whom may chair it."""

    members: tuple[Member, ...] = ()

    def seat(self, member: Member) -> "Panel":
        """Name a member, or change the seat of one already named; one chair at most."""
        others = tuple(other for other in self.members if other.id != member.id)
        if member.chair and any(other.chair for other in others):
            raise ChairAlreadyNamed
        return replace(self, members=(*others, member))

    def member(self, member_id: UUID) -> Member:
        """The seat of this person; NotAMember when there is none."""
        for member in self.members:
            if member.id == member_id:
                return member
        raise NotAMember

    def includes(self, member_id: UUID) -> bool:
        """Whether this person has a seat."""
        return any(member.id == member_id for member in self.members)

    def require_chair(self, member_id: UUID) -> Member:
        """The seat of this person, who must chair the panel."""
        member = self.member(member_id)
        if not member.chair:
            raise NotTheChair
        return member

    @property
    def quorum(self) -> int:
        """The majority of the panel."""
        return len(self.members) // 2 + 1

    def require_quorum(self, present: Iterable[UUID]) -> None:
        """Refuse a decision taken by fewer than the majority, or by people who are not of the panel."""
        attending = tuple(present)
        if not self.members:
            raise EmptyPanel
        errors = [
            FieldError(f"/present/{index}", "unknown_member", f"La personne {person} n'a pas de siège dans ce comité.")
            for index, person in enumerate(attending)
            if not self.includes(person)
        ]
        if errors:
            raise UnknownMember(" ".join(error.message for error in errors), errors=errors)
        if len(set(attending)) < self.quorum:
            raise QuorumNotReached(len(set(attending)), self.quorum)


NOBODY = Panel()
