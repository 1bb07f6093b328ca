"""The person-free rule: nothing about a person leaves on a topic, save on that of the contacts."""

import json
import re
from typing import Annotated, Any, ClassVar
from uuid import UUID

import pytest

from deploy.frozen import everything, schema_of
from deploy.person_free import looks_personal, person_problems
from shared.events.base import Event, Part
from shared.events.contacts import ContactChanged, ContactErased
from shared.events.registry import EVENTS
from shared.events.topics import CONTACTS, topic_of
from shared.events.types import Personal


class Somebody(Part):
    """A person inside an event, which may not be."""

    id: UUID
    phone: str


class Fact(Event):
    """An event of no service, to spoil."""

    event_type: ClassVar[str] = "fact-known.v1"
    emitter: ClassVar[str] = "candidature"
    subject_field: ClassVar[str] = "fact_id"

    fact_id: UUID


def problems(**fields: Any) -> list[str]:
    """What the rule says of an event with these fields."""
    spoilt = type("FactKnown", (Fact,), {"__annotations__": fields, "__module__": __name__})
    return person_problems(spoilt, schema_of(spoilt))


@pytest.mark.parametrize("event_class", EVENTS.values(), ids=lambda event_class: event_class.event_type)
def test_no_event_tells_of_a_person_where_it_may_not(event_class: type[Event]) -> None:
    assert person_problems(event_class, schema_of(event_class)) == []


@pytest.mark.parametrize("frozen", list(everything()), ids=lambda frozen: frozen.name)
def test_no_frozen_schema_marks_a_personal_field_but_the_contacts(frozen: Any) -> None:
    assert ('"x-personal"' in frozen.path.read_text()) == (frozen.event_class is ContactChanged)


@pytest.mark.parametrize("frozen", list(everything()), ids=lambda frozen: frozen.name)
def test_no_example_holds_an_address_or_a_number_of_a_person(frozen: Any) -> None:
    text = json.dumps(json.loads(frozen.example.read_text()), ensure_ascii=False)
    found = re.findall(r"[\w.+-]+@[\w.-]+|(?<![\w-])(?:\+33|0)[ .]?[1-9](?:[ .]?[0-9]{2}){4}(?![\w-])", text)

    assert found == (["referente@example.org"] if frozen.event_class is ContactChanged else [])


def test_the_contacts_have_their_own_topic_and_no_public_face() -> None:
    assert {event for event in EVENTS.values() if topic_of(event) == CONTACTS} == {ContactChanged, ContactErased}
    assert ContactChanged.public_fields == ContactErased.public_fields == ()


def test_a_tagged_field_is_refused_whatever_its_name() -> None:
    assert problems(remark=Annotated[str, Personal()]) == [
        "fact-known.v1: remark tells of a person, which only the contacts topic may"
    ]


def test_a_tag_is_found_in_an_optional_field() -> None:
    assert len(problems(remark=Annotated[str, Personal()] | None)) == 1


def test_a_telling_name_is_refused_without_a_tag() -> None:
    assert problems(mayor_name=str) == [
        "fact-known.v1: mayor_name tells of a person, which only the contacts topic may"
    ]


@pytest.mark.parametrize("annotation", [Somebody, tuple[Somebody, ...], Somebody | None, dict[str, Somebody]])
def test_a_telling_name_is_found_at_any_depth(annotation: Any) -> None:
    assert problems(witness=annotation) == [
        "fact-known.v1: witness.phone tells of a person, which only the contacts topic may"
    ]


def test_a_contact_field_that_tells_of_a_person_must_be_tagged() -> None:
    untagged = type(
        "ContactKnown", (ContactChanged,), {"__annotations__": {"phone": str, "note": str}, "__module__": __name__}
    )

    assert person_problems(untagged, schema_of(untagged)) == [
        "contact-changed.v1: phone tells of a person and is not tagged Personal"
    ]


def test_a_contact_may_not_be_public() -> None:
    public = type(
        "ContactKnown", (ContactChanged,), {"public_fields": ("contact_id", "locale"), "__module__": __name__}
    )

    assert person_problems(public, schema_of(public)) == ["contact-changed.v1: a contact has no public face"]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "name",
            "first_name",
            "lastName",
            "mayor_name",
            "e_mail",
            "emailAddress",
            "phone",
            "mobile_phone",
            "email_id",
        ),
        *("home_address", "birth_date", "nom", "prenom_usuel", "courriel", "author", "contact", "contacts", "ip"),
    ],
)
def test_such_names_tell_of_a_person(name: str) -> None:
    assert looks_personal(name)


@pytest.mark.parametrize(
    "name", ["contact_id", "holder_id", "title", "commune", "site", "renamed_at", "host", "shipped_at", "party"]
)
def test_such_names_do_not(name: str) -> None:
    assert not looks_personal(name)
