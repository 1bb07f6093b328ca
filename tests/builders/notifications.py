"""Facts, contacts, plans and notifications as tests need them; the people are invented."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from services.notifications.domain.audience import Addressee
from services.notifications.domain.contact import Contact
from services.notifications.domain.fact import Fact
from services.notifications.domain.letter import Letter
from services.notifications.domain.notification import Notification
from services.notifications.domain.plan import Plan
from shared import events
from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.events.selection import CommuneSelected
from shared.events.types import ContactFunction
from shared.kit.identity import new_id

AT = datetime(2024, 3, 8, 9, 0, tzinfo=UTC)
TICK = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
COMMUNE = "92071"  # Sceaux
CORRELATION = UUID(int=7)
EXAMPLES = Path(events.__file__).parent / "examples"

E = TypeVar("E", bound=Event)


def an_event(kind: type[E], /, **changes: Any) -> E:
    """The published example of an event, with other values where the test needs them."""
    example = kind.model_validate_json((EXAMPLES / f"{kind.event_type}.json").read_text(encoding="utf-8"))
    return kind.model_validate({**example.model_dump(), **changes})


def a_fact(event: Event | None = None, *, id: UUID | None = None) -> Fact:
    """Sceaux is selected, unless told otherwise."""
    return Fact(id or new_id(), event or an_event(CommuneSelected, commune=COMMUNE), AT, CORRELATION)


def an_envelope(event: Event, *, id: UUID | None = None, sequence: int = 1) -> Envelope:
    """The event as it comes from its topic."""
    return Envelope.of(event, id=id or new_id(), time=AT, sequence=sequence, correlation_id=CORRELATION)


def a_contact(**changes: Any) -> Contact:
    """The referent agent of Sceaux, unless told otherwise."""
    contact = Contact(
        id=new_id(),
        organisation=COMMUNE,
        function=ContactFunction.REFERENT_AGENT,
        name="Camille Exemple",
        email="agent@sceaux.example.org",
    )
    return replace(contact, **changes)


def a_letter(**changes: Any) -> Letter:
    """A short one."""
    return replace(Letter("Votre commune est lauréate", "Bonjour,\n", "<p>Bonjour,</p>"), **changes)


def a_plan(fact: Fact | None = None, addressee: Addressee | None = None) -> Plan:
    """To tell the referent agent of Sceaux."""
    return Plan.make(fact or a_fact(), addressee or Addressee(COMMUNE, ContactFunction.REFERENT_AGENT), at=AT)


def a_notification(contact: Contact | None = None, plan: Plan | None = None, **changes: Any) -> Notification:
    """The news for the referent agent of Sceaux, waiting to leave."""
    made = Notification.of(plan or a_plan(), contact or a_contact(), a_letter(), at=AT)
    return replace(made, **changes)
