"""What selection knows of the dossier of a commune: that it was admitted to a call."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.panel import Member
from shared.kit.clock import date_in_paris
from shared.territory.communes import UnknownCommune
from shared.territory.epts import ept_of


@dataclass(frozen=True, slots=True)
class Candidature:
    """An admitted dossier, as told by the candidature service; its content stays there."""

    id: UUID
    call_id: UUID
    edition: int
    commune: str
    admitted_at: datetime
    withdrawn_at: datetime | None = None

    def is_of(self, member: Member) -> bool:
        """Whether the member speaks for this very commune: a conflict nobody need declare (bad-input 23)."""
        return member.organisation == self.commune

    def likely_conflict(self, member: Member) -> str | None:
        """Why a conflict is likely, as a code to show the member: `same_commune`, `same_territory`, or nothing."""
        if self.is_of(member):
            return "same_commune"
        body = _territory(self.commune, self.admitted_at)
        near = body is not None and body in (member.organisation, _territory(member.organisation, self.admitted_at))
        return "same_territory" if near else None


def _territory(insee: str, at: datetime) -> str | None:
    try:
        body = ept_of(insee, date_in_paris(at))
    except UnknownCommune:
        return None
    return body.siren if body else None
