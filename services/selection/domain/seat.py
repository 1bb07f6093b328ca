"""How a caller stands on a panel: a seat binds its holder, whatever else the holder may do."""

from dataclasses import dataclass
from uuid import UUID

from services.selection.domain.panel import Panel
from shared.kit.refusals import NotFound


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls; `oversight` is that of the programme team and of the Métropole, which see every round."""

    person: UUID
    oversight: bool = False

    def seat(self, panel: Panel) -> UUID | None:
        """The seat that binds the caller, None for oversight alone; NotFound for whom the round does not concern."""
        if panel.includes(self.person):
            return self.person
        if self.oversight:
            return None
        raise NotFound

    def decider(self, panel: Panel) -> UUID | None:
        """In whose name the caller decides: the chair, else the programme team (None), else a member who may not."""
        seat = self.seat(panel)
        chairs = seat is not None and panel.member(seat).chair
        return None if self.oversight and not chairs else seat

    @property
    def panels(self) -> UUID | None:
        """Whose panels to list, None for all rounds."""
        return None if self.oversight else self.person
