"""What is shown of a record, and what is not."""

import pytest

from deploy.commands.showing import MASK, payload, said, summary
from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS
from shared.kit.identity import new_id
from shared.kit.record import Record, read
from tests.builders.messages import AT, a_record


def on(topic: str, value: bytes | None) -> Record:
    """A record of a topic, which nobody can read as an event."""
    return read(topic=topic, partition=0, offset=0, timestamp=AT, key=b"k", value=value, headers=())


@pytest.mark.parametrize(
    ("value", "shown"),
    [(b'{"email": "a@example.org"}', {"email": MASK}), (b"a@example.org", MASK), (b"[1]", MASK), (None, None)],
)
def test_the_payload_of_a_contact_is_masked(value: bytes | None, shown: object) -> None:
    assert payload(on(CONTACTS, value), reveal=False) == shown


@pytest.mark.parametrize(
    ("topic", "value", "shown"),
    [
        (CONTACTS, b'{"email": "a@example.org"}', {"email": "a@example.org"}),
        (CANDIDATURE_EVENTS, b'{"edition": 2}', {"edition": 2}),
        (CANDIDATURE_EVENTS, b"\xffnot json", "\\xffnot json"),
        (CANDIDATURE_EVENTS, None, None),
    ],
)
def test_a_payload_is_shown_as_what_it_is(topic: str, value: bytes | None, shown: object) -> None:
    assert payload(on(topic, value), reveal=True) == shown


def test_an_error_may_quote_a_person() -> None:
    assert said("a@example.org", on(CONTACTS, b"{}"), reveal=False) == MASK
    assert said("the wave", on(CANDIDATURE_EVENTS, b"{}"), reveal=False) == "the wave"


def test_a_line_names_the_event_where_it_can_be_read() -> None:
    record = a_record(new_id(), 3)

    assert summary(record)["type"] == "candidature-started.v1"
    assert summary(on(CANDIDATURE_EVENTS, b"{}"))["type"] is None
