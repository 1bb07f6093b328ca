"""The reader of the value of a record."""

from pydantic import ValidationError

from .base import Event, public_model
from .headers import ReadHeaders
from .refusals import BadEnvelope
from .registry import EVENTS


def read_value(read: ReadHeaders, value: bytes | None) -> Event:
    """The event a record carries; a tombstone is rebuilt from its subject; raises BadEnvelope."""
    event_class = EVENTS[read.type]
    if event_class.tombstone:
        if value is not None:
            raise BadEnvelope("invalid-data", "this type has no value")
        return event_class.model_validate({event_class.subject_field: read.subject})
    if value is None:
        raise BadEnvelope("missing-value", "only a tombstone has no value")
    event = _parse(public_model(event_class) if read.public else event_class, value)
    if event.subject_id != read.subject:
        raise BadEnvelope("invalid-data", f"{event_class.subject_field} is not the ce_subject")
    return event


def _parse(event_class: type[Event], value: bytes) -> Event:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise BadEnvelope("not-utf8", "the value is not UTF-8") from None
    try:
        return event_class.model_validate_json(text)
    except ValidationError as refusal:
        errors = refusal.errors(include_input=False, include_context=False, include_url=False)
        if any(error["type"] == "json_invalid" for error in errors):
            raise BadEnvelope("not-json", "the value is not JSON") from None
        details = (f"{'.'.join(map(str, error['loc']))}: {error['type']}" for error in errors)
        raise BadEnvelope("invalid-data", "; ".join(details)) from None
