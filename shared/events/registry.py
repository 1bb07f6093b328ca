"""Every event by its CloudEvents type."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from . import candidature, contacts, experiments, notifications, selection
from .base import Event, PublicEvent, ce_type, public_model

EMITTER_MODULES: tuple[ModuleType, ...] = (candidature, contacts, selection, experiments, notifications)


def _declared_in(module: ModuleType) -> list[type[Event]]:
    classes = [found for found in vars(module).values() if isinstance(found, type) and issubclass(found, Event)]
    return [found for found in classes if found.event_type and found.__module__ == module.__name__]


def _by_type() -> Mapping[str, type[Event]]:
    events: dict[str, type[Event]] = {}
    for event_class in (event_class for module in EMITTER_MODULES for event_class in _declared_in(module)):
        if ce_type(event_class) in events:
            raise TypeError(f"two events are called {event_class.event_type}")
        events[ce_type(event_class)] = event_class
    return MappingProxyType(events)


EVENTS: Mapping[str, type[Event]] = _by_type()


def event_class_of(type_: str) -> type[Event] | None:
    """The class of a CloudEvents type; None when it is not of this language, or newer than us."""
    return EVENTS.get(type_)


def public_class_of(type_: str) -> type[PublicEvent] | None:
    """The class of the public face of a CloudEvents type; None when unknown or not public."""
    event_class = EVENTS.get(type_)
    return public_model(event_class) if event_class and event_class.public_fields else None
