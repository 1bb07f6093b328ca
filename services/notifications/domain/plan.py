"""Who must be told of a fact, decided as soon as it is heard, whether or not the directory knows somebody yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from services.notifications.domain.audience import Addressee
from services.notifications.domain.contact import Contact
from services.notifications.domain.fact import Fact
from shared.kit.identity import derived_id
from shared.kit.refusals import InvalidState

# Contacts travel on another topic, in any order: whoever comes to hold the function within this time is told.
WINDOW = timedelta(hours=72)
NOBODY_CAME = "plan.nobody_came"


class PlanStatus(StrEnum):
    """Where a plan stands."""

    AWAITING_CONTACT = "awaiting_contact"
    ADDRESSED = "addressed"
    ABANDONED = "abandoned"


TRANSITIONS: Mapping[PlanStatus, frozenset[PlanStatus]] = MappingProxyType(
    {
        PlanStatus.AWAITING_CONTACT: frozenset({PlanStatus.ADDRESSED, PlanStatus.ABANDONED}),
        PlanStatus.ADDRESSED: frozenset(),
        PlanStatus.ABANDONED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One fact to be told to those who hold one function."""

    id: UUID
    fact: Fact
    addressee: Addressee
    status: PlanStatus
    planned_at: datetime
    open_until: datetime

    @classmethod
    def make(cls, fact: Fact, addressee: Addressee, *, at: datetime) -> "Plan":
        """The plan of a fact for an addressee: always the same identifier, nobody told yet."""
        identifier = derived_id("plan", fact.id, addressee.organisation or "*", addressee.function)
        return cls(identifier, fact, addressee, PlanStatus.AWAITING_CONTACT, at, at + WINDOW)

    def concerns(self, contact: Contact, *, at: datetime) -> bool:
        """Whether this contact is to be told, and it is not too late."""
        return self.status is not PlanStatus.ABANDONED and at <= self.open_until and self.addressee.is_met_by(contact)

    def address(self) -> "Plan":
        """Somebody holds the function: the plan has become at least one notification."""
        return self if self.status is PlanStatus.ADDRESSED else self._become(PlanStatus.ADDRESSED)

    def abandon(self) -> "Plan":
        """The window is over and nobody came: on the record, nobody was told."""
        return self._become(PlanStatus.ABANDONED)

    def _become(self, status: PlanStatus) -> "Plan":
        if status not in TRANSITIONS[self.status]:
            raise InvalidState(self.status, sorted(TRANSITIONS[self.status]))
        return replace(self, status=status)
