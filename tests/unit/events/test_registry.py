"""Every event is known by its type, and lives on one topic."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import shared.events
from shared.events import registry, topics
from shared.events.base import SERVICES, Event, PublicEvent, ce_type
from shared.events.candidature import CallClosed, CallOpened
from shared.events.contacts import ContactChanged
from shared.events.registry import EVENTS, event_class_of, public_class_of

ALL = pytest.mark.parametrize("event_class", EVENTS.values(), ids=lambda event_class: event_class.event_type)


def every_subclass(of: type[Event]) -> Iterator[type[Event]]:
    """All descendants, wherever they are declared in the package."""
    for module in pkgutil.iter_modules(shared.events.__path__):
        import_module(f"shared.events.{module.name}")
    for child in of.__subclasses__():
        if child.__module__.startswith("shared.events.") and not issubclass(child, PublicEvent):
            yield child
            yield from every_subclass(child)


def test_no_event_is_missing_from_the_registry() -> None:
    declared = {child for child in every_subclass(Event) if child.event_type}

    assert declared == set(EVENTS.values())


def test_an_event_is_found_by_its_cloudevents_type() -> None:
    assert event_class_of("fr.metropolegrandparis.qmi.call-closed.v1") is CallClosed


@pytest.mark.parametrize("type_", ["fr.metropolegrandparis.qmi.call-closed.v9", "call-closed.v1", ""])
def test_a_type_of_somebody_else_is_not_found(type_: str) -> None:
    assert event_class_of(type_) is None


def test_only_public_events_have_a_public_class() -> None:
    public = public_class_of(ce_type(CallOpened))

    assert public is not None
    assert public.event_type == CallOpened.event_type
    assert public_class_of(ce_type(ContactChanged)) is None
    assert public_class_of("nothing") is None


def test_two_events_may_not_share_a_type(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = (*registry.EMITTER_MODULES, registry.EMITTER_MODULES[0])
    monkeypatch.setattr(registry, "EMITTER_MODULES", twice)

    with pytest.raises(TypeError, match="two events are called"):
        registry._by_type()


@ALL
def test_the_type_of_an_event_is_its_name(event_class: type[Event]) -> None:
    name, _, version = event_class.event_type.partition(".v")
    camel = "".join(word.capitalize() for word in name.split("-"))

    assert event_class.__name__ == camel + ("" if version == "1" else f"V{version}")


@ALL
def test_an_event_is_declared_by_its_emitter(event_class: type[Event]) -> None:
    module = event_class.__module__.rpartition(".")[2]

    assert module == ("contacts" if event_class.stream == "contacts" else event_class.emitter)


@ALL
def test_an_event_says_in_one_sentence_what_happened(event_class: type[Event]) -> None:
    assert (event_class.__doc__ or "").rstrip().endswith(".")
    assert event_class.__doc__ != event_class.__base__.__doc__


def test_the_topics_have_the_names_everybody_relies_on() -> None:
    assert (topics.CANDIDATURE_EVENTS, topics.SELECTION_EVENTS) == (
        "qmi.candidature.events.v1",
        "qmi.selection.events.v1",
    )
    assert (topics.EXPERIMENTS_EVENTS, topics.NOTIFICATIONS_EVENTS) == (
        "qmi.experiments.events.v1",
        "qmi.notifications.events.v1",
    )
    assert topics.CONTACTS == "qmi.candidature.contacts.v1"
    assert topics.public_topic("selection") == "qmi.public.selection.v1"
    assert topics.dead_letter_topic(topics.CONTACTS, "notifications") == "qmi.candidature.contacts.v1.notifications.dlt"


def test_an_event_goes_to_the_topic_of_its_emitter() -> None:
    assert topics.topic_of(CallClosed) == topics.CANDIDATURE_EVENTS


def test_a_contact_goes_to_the_contacts_topic() -> None:
    assert topics.topic_of(ContactChanged) == topics.CONTACTS


def test_nobody_has_a_topic_but_the_services() -> None:
    assert [topics.events_topic(service) for service in SERVICES]
    with pytest.raises(ValueError, match="no service is called intruder"):
        topics.public_topic("intruder")
