"""What this service hears from the others, translated into its own use cases."""

from services.notifications.domain.contact import Contact
from services.notifications.domain.fact import Fact
from services.notifications.usecases.append_to_feed import AppendToFeed, append_to_feed
from services.notifications.usecases.erase_contact import EraseContact, erase_contact
from services.notifications.usecases.plan_notifications import PlanNotifications, plan_notifications
from services.notifications.usecases.ports import Work
from services.notifications.usecases.update_contact import UpdateContact, update_contact
from shared.events.contacts import ContactChanged, ContactErased
from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS, EXPERIMENTS_EVENTS, SELECTION_EVENTS
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers

subscribers: Subscribers[Work] = Subscribers(group="notifications")


@subscribers.on(CANDIDATURE_EVENTS)
async def on_candidature(message: Envelope, work: Work, clock: Clock) -> None:
    """Calls, dossiers and proposals."""
    await _hear(message, work, clock)


@subscribers.on(SELECTION_EVENTS)
async def on_selection(message: Envelope, work: Work, clock: Clock) -> None:
    """Rounds, decisions, allocations."""
    await _hear(message, work, clock)


@subscribers.on(EXPERIMENTS_EVENTS)
async def on_experiments(message: Envelope, work: Work, clock: Clock) -> None:
    """Agreements and experiments."""
    await _hear(message, work, clock)


@subscribers.on(CONTACTS)
async def on_contacts(message: Envelope, work: Work, clock: Clock) -> None:
    """Who can be told, and who must be forgotten."""
    match message.data:
        case ContactChanged() as now:
            contact = Contact(now.contact_id, now.organisation, now.function, now.name, now.email, now.locale)
            await update_contact(UpdateContact(contact, at=await clock.now()), work)
        case ContactErased(contact_id=contact_id):
            await erase_contact(EraseContact(contact_id), work)
        case _:
            pass  # not for us, or newer than us


async def _hear(message: Envelope, work: Work, clock: Clock) -> None:
    fact = Fact(message.id, message.data, message.time, message.correlation_id)
    await append_to_feed(AppendToFeed(message), work)
    await plan_notifications(PlanNotifications(fact, at=await clock.now()), work)
