"""Reading a dead letter: what came first, what our groups added, and which ones are meant."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.events.topics import CANDIDATURE_EVENTS, dead_letter_topic
from shared.kit.graveyard import Chosen, DeadLetter, dead_letter, group_of, with_cycle
from shared.kit.identity import new_id
from shared.kit.record import Headers, Record, read
from shared.kit.redrive import by_key
from tests.builders.messages import AT, a_record

DIED_AT = datetime(2024, 3, 1, 12, tzinfo=UTC)
ABOUT = {
    "reason": "conflict",
    "detail": "la vague est close",
    "topic": CANDIDATURE_EVENTS,
    "partition": "3",
    "offset": "41",
    "timestamp": AT.isoformat(),
    "group": "selection",
    "attempts": "4",
    "at": DIED_AT.isoformat(),
}


def lying(original: Record, offset: int = 5, about: Mapping[str, str] = ABOUT) -> Record:
    """A record of the dead-letter topic of the group selection, with what the group said about it."""
    added: Headers = tuple((f"qmi_dlt_{name}", text.encode()) for name, text in about.items())
    return read(
        topic=dead_letter_topic(CANDIDATURE_EVENTS, "selection"),
        partition=0,
        offset=offset,
        timestamp=DIED_AT,
        key=original.key,
        value=original.value,
        headers=(*original.headers, *added),
    )


def a_letter(about: Mapping[str, str] = ABOUT) -> DeadLetter:
    """A dead letter of a subject of its own."""
    return dead_letter(lying(a_record(new_id()), about=about))


def test_the_record_is_as_it_first_came() -> None:
    original = a_record(new_id(), extra=(("odd", None), ("binary", b"\xff")))
    letter = dead_letter(lying(original))

    assert letter.record == replace(original, partition=3, offset=41)
    assert (letter.group, letter.reason, letter.detail) == ("selection", "conflict", "la vague est close")
    assert (letter.attempts, letter.cycle, letter.died_at, letter.ours) == (4, 0, DIED_AT, True)
    assert letter.ref == "qmi.candidature.events.v1.selection.dlt:0:5"
    assert letter.identity == original.identity


def test_the_cycle_of_what_died_again_is_read_and_taken_off() -> None:
    original = a_record(new_id())
    given_back = replace(original, headers=with_cycle(original.headers, 2))
    letter = dead_letter(lying(given_back))

    assert letter.cycle == 2
    assert letter.record.headers == original.headers


@pytest.mark.parametrize("cycle", ["", "-1", "beaucoup", "²"])
def test_a_cycle_nobody_can_read_is_none(cycle: str) -> None:
    assert a_letter({**ABOUT, "cycle": cycle}).cycle == 0


@pytest.mark.parametrize("name", ["reason", "partition", "offset", "timestamp", "attempts", "at"])
def test_what_no_group_of_ours_wrote_is_said_to_be_so(name: str) -> None:
    letter = a_letter({header: text for header, text in ABOUT.items() if header != name})

    assert (letter.ours, letter.reason, letter.group) == (False, "unknown", "selection")


def test_what_this_release_cannot_read_has_no_identity() -> None:
    assert dead_letter(lying(replace(a_record(new_id()), headers=()))).identity is None


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        ("qmi.candidature.events.v1.selection.dlt", ("qmi.candidature.events.v1", "selection")),
        ("qmi.candidature.events.v1", None),
        ("selection.dlt", None),
        (".dlt", None),
    ],
)
def test_a_dead_letter_topic_names_its_source_and_its_group(topic: str, named: tuple[str, str] | None) -> None:
    assert group_of(topic) == named


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        (Chosen(), True),
        (Chosen(reason="conflict"), True),
        (Chosen(reason="Vague"), True),
        (Chosen(reason="invalid-data"), False),
        (Chosen(group="selection"), True),
        (Chosen(group="experiments"), False),
        (Chosen(since=DIED_AT), True),
        (Chosen(since=DIED_AT + timedelta(seconds=1)), False),
        (Chosen(until=DIED_AT), False),
        (Chosen(until=DIED_AT + timedelta(seconds=1)), True),
        (Chosen(refs=frozenset({"qmi.candidature.events.v1.selection.dlt:0:5"})), True),
        (Chosen(refs=frozenset({"qmi.candidature.events.v1.selection.dlt:0:6"})), False),
        (Chosen(key="elsewhere"), False),
    ],
)
def test_what_is_meant(chosen: Chosen, kept: bool) -> None:
    assert chosen.keeps(a_letter()) is kept


def test_one_is_meant_by_its_key() -> None:
    letter = a_letter()

    assert Chosen(key=letter.record.key.decode()).keeps(letter)


def test_each_key_is_given_back_in_the_order_it_came() -> None:
    mine, other = a_record(new_id()), a_record(new_id())
    late = replace(dead_letter(lying(mine, 1)), record=replace(mine, offset=9))
    between = replace(dead_letter(lying(other, 2)), record=replace(other, offset=5))
    early = replace(dead_letter(lying(mine, 3)), record=replace(mine, offset=1))
    queues = {queue[0].record.key: queue for queue in by_key([late, between, early])}

    assert queues == {mine.key: [early, late], other.key: [between]}
