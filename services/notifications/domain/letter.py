"""A letter, and the mail that carries it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.domain.headers import mailbox, one_line


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person reads: one line of subject, the same content as text and as HTML."""

    subject: str
    text: str
    html: str

    def __post_init__(self) -> None:
        one_line(self.subject)


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter on its way to one mailbox; the same notification keeps the same message id, however often it leaves."""

    notification_id: UUID
    to_name: str
    to_address: str
    letter: Letter
    written_at: datetime

    def __post_init__(self) -> None:
        one_line(self.to_name)
        mailbox(self.to_address)


def message_id(notification_id: UUID, domain: str) -> str:
    """The Message-ID header of a notification, by which a receiver knows a repetition."""
    return f"<{notification_id}@{domain}>"
