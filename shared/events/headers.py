"""The reader of CloudEvents headers: strict on what it needs, deaf to everything else."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from .base import CE_TYPE_PREFIX, dataschema_of, source_of
from .refusals import BadEnvelope
from .registry import EVENTS
from .types import AwareDatetime

Header = tuple[str, bytes | None]

REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_sequence")
OPTIONAL = ("ce_correlationid", "ce_causationid", "ce_actorid", "ce_dataschema", "content-type")
_OURS = frozenset((*REQUIRED, *OPTIONAL))
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AS_WE_WRITE_IT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z")
_SEQUENCE = re.compile(r"[0-9]{1,20}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


@dataclass(slots=True, kw_only=True)
class ReadHeaders:
    """The attributes found in the headers of a record."""

    id: UUID
    source: str
    type: str
    subject: UUID
    time: datetime
    sequence: int
    correlation_id: UUID | None
    causation_id: UUID | None
    actor: str | None
    traceparent: str | None
    public: bool


def read_headers(headers: Sequence[Header]) -> ReadHeaders:
    """Read what is ours; a null or unreadable header that is not ours is ignored; raises BadEnvelope."""
    texts = _texts(headers)
    if missing := [name for name in REQUIRED if name not in texts]:
        raise BadEnvelope("missing-headers", ", ".join(missing))
    if texts["ce_specversion"] != "1.0":
        raise BadEnvelope("bad-header", "ce_specversion is not 1.0")
    json = texts.get("content-type", "application/json").partition(";")[0].strip().lower() == "application/json"
    public = _says_public(texts["ce_type"], texts["ce_source"], texts.get("ce_dataschema"), json)
    return ReadHeaders(
        id=_uuid(texts, "ce_id"),
        source=texts["ce_source"],
        type=texts["ce_type"],
        subject=_uuid(texts, "ce_subject"),
        time=_time(texts["ce_time"]),
        sequence=_sequence(texts["ce_sequence"]),
        correlation_id=_uuid(texts, "ce_correlationid") if "ce_correlationid" in texts else None,
        causation_id=_uuid(texts, "ce_causationid") if "ce_causationid" in texts else None,
        actor=texts.get("ce_actorid"),
        traceparent=_traceparent(headers),
        public=public,
    )


def _texts(headers: Sequence[Header]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, raw in headers:
        if name not in _OURS or raw is None:
            continue
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise BadEnvelope("bad-header", f"{name} is not UTF-8") from None
        if texts.setdefault(name, text) != text:
            raise BadEnvelope("bad-header", f"{name} is there twice")
    return texts


@lru_cache(maxsize=1024)
def _says_public(type_: str, source: str, schema: str | None, json: bool) -> bool:
    """Whether the data is a public face; the type must be known, said by the service that owns it, as JSON."""
    event_class = EVENTS.get(type_)
    if event_class is None:
        raise BadEnvelope("unknown-type", "ce_type is not an event of this version of the language")
    if source != source_of(event_class.emitter):
        raise BadEnvelope("bad-header", f"ce_source is not the {event_class.emitter} service, which owns this type")
    if not json:
        raise BadEnvelope("bad-header", "content-type is not application/json")
    event_type = type_.removeprefix(CE_TYPE_PREFIX)
    schemas = {dataschema_of(event_type): False}
    if event_class.public_fields:
        schemas[dataschema_of(event_type, public=True)] = True
    if schema is not None and schema not in schemas:
        raise BadEnvelope("bad-header", "ce_dataschema is not a schema of this type")
    return schema is not None and schemas[schema]


def _uuid(texts: dict[str, str], name: str) -> UUID:
    if not _UUID.fullmatch(text := texts[name]):
        raise BadEnvelope("bad-header", f"{name} is not a UUID, in lower case")
    return UUID(int=int(text.replace("-", ""), 16))


def _time(text: str) -> datetime:
    if _AS_WE_WRITE_IT.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    try:
        return _INSTANT.validate_python(text)
    except ValidationError:
        raise BadEnvelope("bad-header", "ce_time is not an RFC 3339 date-time") from None


def _sequence(text: str) -> int:
    if not _SEQUENCE.fullmatch(text) or not 1 <= int(text) < 2**63:
        raise BadEnvelope("bad-header", "ce_sequence is not the version of an aggregate")
    return int(text)


def _traceparent(headers: Sequence[Header]) -> str | None:
    """Tracing tools write this header, so that a wrong one is only worth nothing."""
    for name, raw in headers:
        if name == "traceparent" and raw is not None and _TRACEPARENT.fullmatch(text := raw.decode("ascii", "replace")):
            return text
    return None
