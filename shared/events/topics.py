"""The names of the Kafka topics, each written by one service."""

from .base import SERVICES, Event


def _checked(service: str) -> str:
    if service not in SERVICES:
        raise ValueError(f"no service is called {service}")
    return service


def events_topic(service: str) -> str:
    """Everything a service says, in order per key; for the services of the platform."""
    return f"qmi.{_checked(service)}.events.v1"


def public_topic(service: str) -> str:
    """What partners may know of a service, in order per key, without anything personal."""
    return f"qmi.public.{_checked(service)}.v1"


def dead_letter_topic(topic: str, group: str) -> str:
    """Where a group puts, byte for byte, the messages of a topic that can never work."""
    return f"{topic}.{group}.dlt"


def topic_of(event_class: type[Event]) -> str:
    """The internal topic an event is sent to."""
    return CONTACTS if event_class.stream == "contacts" else events_topic(event_class.emitter)


CANDIDATURE_EVENTS = events_topic("candidature")
SELECTION_EVENTS = events_topic("selection")
EXPERIMENTS_EVENTS = events_topic("experiments")
NOTIFICATIONS_EVENTS = events_topic("notifications")
CONTACTS = "qmi.candidature.contacts.v1"
AUDIT = "qmi.audit.checkpoints.v1"
