"""An empty broker is refilled from the log, byte for byte and in order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID

from aiokafka import AIOKafkaProducer

from shared.events.base import Event
from shared.events.contacts import ContactChanged, ContactErased
from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS
from shared.kit.database import Connection, Database
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess
from shared.kit.relay import Relay
from shared.kit.republish import republish
from tests.builders.messages import a_work, say
from tests.integration.messaging.test_relay import drained, heard, relaying

SERVICES = ("candidature", "selection")


def a_contact(contact: UUID) -> ContactChanged:
    """The state of a contact."""
    return ContactChanged(
        contact_id=contact,
        organisation="93001",
        function="referent_agent",
        name="Agent référent",
        email="agent@example.org",
        locale="fr",
    )


async def test_the_log_is_sent_again_with_the_same_identifiers_and_bytes(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    keys = {new_id() for _ in range(5)}
    await asyncio.gather(*(say(sender, key, 4) for key in keys))
    async with relaying(Relay(sender, make_producer, "candidature")):
        await drained(sender)
    sent = await republish(sender, make_producer)

    found = await heard(kafka, CANDIDATURE_EVENTS, keys, 40)
    assert sent == 20
    for key in keys:
        once, again = [row for row in found if row[0] == key][:4], [row for row in found if row[0] == key][4:]
        assert once == again
        assert [int(headers["ce_sequence"]) for _, _, headers in once] == [1, 2, 3, 4]


async def test_the_present_states_go_through_the_outbox(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    contact = new_id()

    async def states(connection: Connection) -> AsyncIterator[tuple[UUID, Event]]:
        yield contact, a_contact(contact)

    await republish(sender, make_producer, states=states)
    async with relaying(Relay(sender, make_producer, "candidature")):
        await drained(sender)

    [(_, value, headers)] = await heard(kafka, CONTACTS, {contact}, 1)
    assert value is not None
    assert headers["ce_type"].endswith("contact-changed.v1")


async def test_a_contact_erased_meanwhile_is_not_brought_back(
    sender: Database, kafka: KafkaAccess, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    contact = new_id()
    erasing: list[asyncio.Task[None]] = []

    async def erase() -> None:
        async with a_work(sender) as work:
            await work.publish_state(contact, ContactErased(contact_id=contact))

    async def states(connection: Connection) -> AsyncIterator[tuple[UUID, Event]]:
        erasing.append(asyncio.create_task(erase()))
        await asyncio.wait(erasing, timeout=0.5)
        yield contact, a_contact(contact)

    await republish(sender, make_producer, states=states)
    await erasing[0]
    async with relaying(Relay(sender, make_producer, "candidature")):
        await drained(sender)

    assert [value is None for _, value, _ in await heard(kafka, CONTACTS, {contact}, 2)] == [False, True]


async def test_no_relay_sends_while_the_log_is_being_sent_again(
    sender: Database, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    async with relaying(Relay(sender, make_producer, "candidature")):
        await say(sender, new_id())
        await drained(sender)
        again = asyncio.create_task(republish(sender, make_producer))
        done, _ = await asyncio.wait([again], timeout=1.0)
        assert not done

    assert await asyncio.wait_for(again, 10) == 1
