"""A person of an organisation who can be told things: the directory the notifications live from."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.candidature.domain.errors import ContactErased as AlreadyErased
from services.candidature.domain.errors import ReservedFunction
from shared.events.contacts import ContactChanged, ContactErased
from shared.events.types import ContactFunction, Locale

# Whoever holds one of these, in any organisation, is told of what is under embargo or under seal.
RESERVED = frozenset({ContactFunction.PROGRAMME, ContactFunction.COMMITTEE_MEMBER, ContactFunction.JUROR})


@dataclass(frozen=True, slots=True)
class Contact:
    """Personal data, owned here alone; None once erased."""

    id: UUID
    organisation: str
    function: ContactFunction
    name: str | None
    email: str | None
    locale: Locale
    erased_at: datetime | None = None
    version: int = 1

    def state(self) -> ContactChanged:
        """What the contacts topic says of it."""
        if self.name is None or self.email is None:
            raise AlreadyErased
        return ContactChanged(
            contact_id=self.id,
            organisation=self.organisation,
            function=self.function,
            name=self.name,
            email=self.email,
            locale=self.locale,
        )

    def require_unreserved(self) -> None:
        """Refuse to organisations what only the programme team may write."""
        if self.function in RESERVED:
            raise ReservedFunction("Demandez à l'équipe du programme d'inscrire ou de modifier cette personne.")

    def require_kept(self) -> None:
        """Refuse to change somebody who has been forgotten."""
        if self.erased_at is not None:
            raise AlreadyErased

    def erase(self, *, at: datetime) -> tuple["Contact", ContactErased]:
        """Forget the person; the identifier stays, so that dossiers do not point at nothing."""
        self.require_kept()
        return replace(self, name=None, email=None, erased_at=at), ContactErased(contact_id=self.id)
