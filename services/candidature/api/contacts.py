"""The directory: the people of each organisation who are told things."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header, Query, Response
from pydantic import ConfigDict, Field

from services.candidature.api.deps import Work, after
from services.candidature.domain.contact import Contact
from services.candidature.usecases.erase_contact import EraseContact, erase_contact
from services.candidature.usecases.save_contact import SaveContact, save_contact
from shared.events.types import ContactFunction, Locale, OrganisationId
from shared.kit.api import Line, Now, Page, Paging, StrictModel, View, Within, etag, problems, requires, router
from shared.kit.api.deps import expected_version

contacts = router("/v1/contacts", tags=["Contacts"])

Function = Literal[
    "programme",
    "elected_referent",
    "referent_agent",
    "communication_referent",
    "expert",
    "signatory",
    "committee_member",
    "juror",
    "project_holder",
    "partner",
]
# Nothing that a header of a message could be broken with (bad-input 25).
Email = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,3}$",
        max_length=254,
        examples=["agent@example.org"],
    ),
]


class ContactBody(StrictModel):
    """A person, and what that person is to be told about."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "organisation": "93001",
                "function": "referent_agent",
                "name": "Agent référent",
                "email": "agent@example.org",
            }
        }
    )

    organisation: OrganisationId
    function: Function
    name: Line
    email: Email
    locale: Literal["fr", "en"] = "fr"

    def contact(self, id: UUID) -> Contact:
        """As the domain has it."""
        function, locale = ContactFunction(self.function), Locale(self.locale)
        return Contact(id, self.organisation, function, self.name, self.email, locale)


class ContactView(View):
    """A person of the directory."""

    id: UUID
    organisation: str
    function: str
    name: str
    email: str
    locale: str
    version: int

    @classmethod
    def of(cls, contact: Contact) -> "ContactView":
        """As JSON."""
        return cls.model_validate({name: getattr(contact, name) for name in cls.model_fields})


@contacts.put(
    "/{contact_id}", status_code=204, dependencies=[requires("contact.write")], responses=problems(404, 409, 412, 428)
)
async def save(
    contact_id: UUID,
    body: ContactBody,
    work: Work,
    within: Within,
    response: Response,
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="ETag de la version lue ; absent pour un nouveau contact."),
    ] = None,
) -> None:
    """Write a contact, new or not; its identifier is chosen by the caller."""
    expected = await expected_version(if_match) if if_match is not None else None
    etag(response, await save_contact(SaveContact(body.contact(contact_id), expected, within), work))


@contacts.get("", dependencies=[requires("contact.read")])
async def browse(
    work: Work,
    within: Within,
    paging: Paging,
    organisation: Annotated[OrganisationId | None, Query()] = None,
) -> Page[ContactView]:
    """List the contacts of one's organisation, or of all for the programme team."""
    async with work:
        rows = await work.views.contacts(within, organisation=organisation, after=after(paging), limit=paging.fetch)
    return paging.page(rows, ContactView.of, lambda row: (str(row.id),))


@contacts.get("/{contact_id}", dependencies=[requires("contact.read")], responses=problems(404))
async def show(contact_id: UUID, work: Work, within: Within, response: Response) -> ContactView:
    """Show a contact."""
    async with work:
        contact = await work.views.contact(contact_id, within)
    etag(response, contact.version)
    return ContactView.of(contact)


@contacts.delete(
    "/{contact_id}", status_code=204, dependencies=[requires("contact.write")], responses=problems(404, 409)
)
async def erase(contact_id: UUID, work: Work, within: Within, now: Now) -> None:
    """Erase a person: name and address disappear everywhere."""
    await erase_contact(EraseContact(contact_id, within, now), work)
