"""Write a contact into the directory."""

from dataclasses import dataclass, replace

from services.candidature.domain.contact import Contact
from services.candidature.domain.errors import ContactKnown
from services.candidature.usecases.ports import Work
from shared.kit.access import Scope
from shared.kit.expectation import expect
from shared.kit.refusals import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class SaveContact:
    """The whole contact; `expected` is the version that was read, None for one that should be new."""

    contact: Contact
    expected: int | None
    scope: Scope


async def save_contact(command: SaveContact, work: Work) -> int:
    """Keep the contact and tell the notifications; returns its version."""
    if not command.scope.includes(command.contact.organisation):
        raise Forbidden("Vous n'inscrivez que les contacts de votre organisation.")
    if not command.scope.unlimited:
        command.contact.require_unreserved()
    async with work:
        known = await work.contacts.find(command.contact.id)
        version = await (_add(command, work) if known is None else _change(known, command, work))
        await work.publish_state(command.contact.id, command.contact.state())
        return version


async def _add(command: SaveContact, work: Work) -> int:
    await work.contacts.add(command.contact)
    return command.contact.version


async def _change(known: Contact, command: SaveContact, work: Work) -> int:
    if not command.scope.includes(known.organisation):
        raise NotFound
    if not command.scope.unlimited:
        known.require_unreserved()
    known.require_kept()
    changed = replace(command.contact, version=known.version)
    if changed == known:
        return known.version
    if command.expected is None:
        raise ContactKnown("Ce contact existe déjà : indiquez dans If-Match la version que vous avez lue.")
    expect(command.expected, of=known)
    return await work.contacts.save(changed)
