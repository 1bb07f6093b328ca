"""Who can be told, for the notifications service alone: the only personal data that travels, on a compacted topic."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import StringConstraints

from .base import Event
from .types import ContactFunction, Locale, OrganisationId, Personal

PersonName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$"), Personal()]
EmailAddress = Annotated[
    str,
    StringConstraints(pattern=r'^[^@\s,;:<>()"\x00-\x1f\x7f]{1,64}@[^@\s,;:<>()"\x00-\x1f\x7f]{1,189}$'),
    Personal(),
]


class ContactEvent(Event):
    """A fact about a contact."""

    emitter: ClassVar[str] = "candidature"
    subject_field: ClassVar[str] = "contact_id"
    stream = "contacts"

    contact_id: UUID


class ContactChanged(ContactEvent):
    """The whole present state of a contact; it replaces what was known before."""

    event_type = "contact-changed.v1"

    organisation: OrganisationId
    function: ContactFunction
    name: PersonName
    email: EmailAddress
    locale: Locale


class ContactErased(ContactEvent):
    """The contact is forgotten: a record without value, which compaction turns into nothing."""

    event_type = "contact-erased.v1"
    tombstone = True
