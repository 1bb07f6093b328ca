"""Logs: one JSON object a line (or text for people), with request and correlation ids, without personal data."""

import json
import logging
import logging.config
import re
import sys
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

import orjson
import structlog

from shared.kit.settings import Settings
from shared.kit.telemetry import ERRORS, LAST_ERROR

_PERSONAL = frozenset({"authorization", "token", "password", "secret", "cookie", "email", "name", "phone", "address"})
# PostgreSQL quotes the offending row in the detail of an error; a mail address may be anywhere.
_ROW_DETAIL = re.compile(r"DETAIL: .*")
_MAIL_ADDRESS = re.compile(r"[^\s@<>\"'(]+@[^\s@<>\"')]+\.[^\s@<>\"')]+")
_QUIET = {"httpx": "WARNING", "httpcore": "WARNING", "asyncio": "WARNING", "uvicorn.access": "WARNING"}


# The `traceparent` under which this task works, if any: a variable of its own, for it is set for every message.
working_under: ContextVar[str | None] = ContextVar("working_under", default=None)


def configure_logging(settings: Settings) -> None:
    """Send the logs of the process, ours and those of the libraries, to the standard output, once."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        name_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Service(settings.service),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _StandardOutput()
    handler.setFormatter(_formatter(settings.log, shared))
    root = logging.getLogger()
    root.handlers[:] = [handler, _ErrorsCounted(logging.ERROR)]
    root.setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def _formatter(form: str, shared: list[structlog.typing.Processor]) -> structlog.stdlib.ProcessorFormatter:
    last = (
        structlog.processors.JSONRenderer(_as_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    tail: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, without_personal_data, last]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail],
    )


def name_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say which trace the line belongs to."""
    traceparent = working_under.get()
    if traceparent is not None:
        event["trace_id"] = traceparent[3:35]
    return event


def without_personal_data(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask the fields that name a person, the mail addresses and the rows quoted by the database."""
    for key, value in event.items():
        if key.lower() in _PERSONAL:
            event[key] = "***"
        elif isinstance(value, str) and ("@" in value or "DETAIL: " in value):
            event[key] = _MAIL_ADDRESS.sub("***", _ROW_DETAIL.sub("DETAIL: ***", value))
    return event


def _as_json(event: MutableMapping[str, Any], default: Callable[[Any], Any]) -> str:
    try:
        return orjson.dumps(event, default, orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # Half a surrogate pair, or a number beyond 64 bits: escaped rather than lost.
        return json.dumps(event, default=default)


class _StandardOutput(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Write to what is the standard output now, whatever it was when the logs were set up."""
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)


class _ErrorsCounted(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Count by event, which in our code is a word; what libraries say is any text, so they count by their name."""
        origin = record.name.partition(".")[0]
        said: object = record.msg
        ours = origin in {"shared", "services"}
        event = str(said["event"]) if ours and isinstance(said, dict) else f"library:{origin}"
        ERRORS.labels(event).inc()
        LAST_ERROR.labels(event).set(record.created)


class _Service:
    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Say which service speaks."""
        event.setdefault("service", self._service)
        return event
