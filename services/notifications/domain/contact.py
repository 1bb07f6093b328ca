"""A person to be told, known by the function held in an organisation."""

from dataclasses import dataclass
from uuid import UUID

from services.notifications.domain.headers import mailbox, one_line
from shared.events.types import ContactFunction, Locale


@dataclass(frozen=True, slots=True)
class Contact:
    """An entry of the directory; name and address are safe to stand in a header, or it cannot be made."""

    id: UUID
    organisation: str
    function: ContactFunction
    name: str
    email: str
    locale: Locale = Locale.FRENCH

    def __post_init__(self) -> None:
        one_line(self.name)
        mailbox(self.email)
