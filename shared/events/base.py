"""What every event is: a frozen fact with a type, an emitter, a subject and a person-free public face."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, create_model

from .types import OpenEnum

SERVICES = ("candidature", "selection", "experiments", "notifications")
CE_TYPE_PREFIX = "fr.metropolegrandparis.qmi."

_EVENT_TYPE = re.compile(r"[a-z]+(-[a-z0-9]+)*\.v[1-9][0-9]*")


class NotEmittable(ValueError):
    """An event holds `unknown`: a value read from a newer emitter must not be sent on as if it were known."""


class Part(BaseModel):
    """A group of fields inside an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Part):
    """Something that happened, told once by the service that owns it; readers ignore the fields they do not know."""

    event_type: ClassVar[str] = ""
    emitter: ClassVar[str] = ""
    subject_field: ClassVar[str] = ""
    public_fields: ClassVar[tuple[str, ...]] = ()
    stream: ClassVar[Literal["events", "contacts"]] = "events"
    tombstone: ClassVar[bool] = False

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a badly declared event when the module is read, not when the first one is sent."""
        super().__pydantic_init_subclass__(**kwargs)
        if not cls.event_type:
            return
        if not _EVENT_TYPE.fullmatch(cls.event_type) or cls.emitter not in SERVICES:
            raise TypeError(f"{cls.__name__}: an event names its type (kebab-case.v1) and the service that emits it")
        if missing := {cls.subject_field, *cls.public_fields} - cls.model_fields.keys():
            raise TypeError(f"{cls.__name__}: no field called {', '.join(sorted(missing))}")
        if cls.public_fields and cls.subject_field not in cls.public_fields:
            raise TypeError(f"{cls.__name__}: its public face must tell its subject, {cls.subject_field}")

    @property
    def subject_id(self) -> UUID:
        """The aggregate this event is about: `ce_subject`, and the key of its Kafka record."""
        subject: UUID = getattr(self, self.subject_field)
        return subject

    def check_emittable(self) -> None:
        """Raise NotEmittable when any value, at any depth, is the `unknown` of an open enumeration."""
        for path in _unknown_values(self, type(self).__name__):
            raise NotEmittable(f"{path} is unknown: only a reader may hold that")

    def to_json(self) -> str | None:
        """The JSON text to store and send, None for a tombstone; raises NotEmittable."""
        self.check_emittable()
        return None if self.tombstone else self.model_dump_json()

    def to_public_json(self) -> str | None:
        """The JSON text of the public face, None when partners are not told; raises NotEmittable."""
        self.check_emittable()
        return self.model_dump_json(include=set(self.public_fields)) if self.public_fields else None


class PublicEvent(Event):
    """The public face of an event: only what its allow-list names."""


def ce_type(event_class: type[Event]) -> str:
    """The CloudEvents type, such as `fr.metropolegrandparis.qmi.candidature-submitted.v1`."""
    return CE_TYPE_PREFIX + event_class.event_type


def source_of(service: str) -> str:
    """The CloudEvents source of a service, such as `urn:qmi:service:candidature`."""
    return f"urn:qmi:service:{service}"


def dataschema_of(event_type: str, *, public: bool = False) -> str:
    """The URI that names the schema of the data, such as `urn:qmi:schema:public:call-opened.v1`."""
    return f"urn:qmi:schema:{'public:' if public else ''}{event_type}"


def public_data(event: Event) -> dict[str, Any] | None:
    """What partners get of this event, ready for JSON; None when they get nothing."""
    return event.model_dump(mode="json", include=set(event.public_fields)) if event.public_fields else None


@cache
def public_model(event_class: type[Event]) -> type[PublicEvent]:
    """The model of the public face of an event: its allow-listed fields alone; ValueError when it has none."""
    if not event_class.public_fields:
        raise ValueError(f"{event_class.__name__} is not public")
    infos = event_class.model_fields
    fields: dict[str, Any] = {name: (infos[name].annotation, infos[name]) for name in event_class.public_fields}
    model = create_model(event_class.__name__, __base__=PublicEvent, __doc__=event_class.__doc__, **fields)
    model.event_type, model.emitter = event_class.event_type, event_class.emitter
    model.subject_field, model.public_fields = event_class.subject_field, event_class.public_fields
    return model


def _unknown_values(value: object, path: str) -> Iterator[str]:
    if isinstance(value, OpenEnum):
        if value.value == "unknown":
            yield path
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _unknown_values(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _unknown_values(item, f"{path}[{index}]")
